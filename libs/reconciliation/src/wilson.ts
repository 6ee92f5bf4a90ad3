/**
 * Wilson's score interval of a share: `count` of `of`, both bounds, at `z` standard deviations. Unlike count ± error it
 * stays within 0 and 1 and holds for few and for none.
 * @see Wilson, E. B. (1927), Probable inference, the law of succession, and statistical inference, JASA 22, 209–212
 */
export function wilsonInterval(count: number, of: number, z: number): { readonly low: number; readonly high: number } {
  if (of === 0) return { low: 0, high: 1 };
  const share = count / of;
  const z2 = (z * z) / of;
  const middle = (share + z2 / 2) / (1 + z2);
  const half = (z * Math.sqrt((share * (1 - share)) / of + z2 / (4 * of))) / (1 + z2);
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

/**
 * Standard deviations beyond which a normal variable lies, on one side, with a probability of at most `alpha`:
 * P(Z > z) ≤ ½·exp(−z²/2), solved for z. A little more than the exact quantile (2.80 for 2.33 at 1 %), so on the safe
 * side, and exact enough in the far tail that many comparisons need.
 * @see Chang, Cosman and Milstein (2011), Chernoff-type bounds for the Gaussian error function, IEEE TCOM 59, 2939–2944
 */
export function safeQuantile(alpha: number): number {
  return Math.sqrt(2 * Math.log(1 / (2 * alpha)));
}
