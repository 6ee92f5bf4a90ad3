/** An exact decimal: `coefficient` × 10^-`scale`. */
interface Decimal {
  readonly coefficient: bigint;
  readonly scale: number;
}

/** More digits than any price or quantity needs; a longer text is refused, so that no input can cost much time. */
const MAX_DIGITS = 60;
const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;
const CANONICAL = /^(?!-0$)-?(?:0|[1-9]\d{0,30})(?:\.\d{0,15}[1-9])?$/;

/**
 * Canonical text of a decimal: exact, no exponent, no superfluous zeros, no minus zero; null when `text` is none.
 * With `scale` it is rounded half away from zero, as PostgreSQL's `round` does.
 */
export function canonicalDecimal(text: string, scale?: number): string | null {
  if (CANONICAL.test(text) && (scale === undefined || fractionDigits(text) <= scale)) return text;
  const decimal = parse(text.trim());
  if (!decimal) return null;
  return format(scale === undefined ? decimal : round(decimal, scale));
}

/** Exact product of two decimal texts; null when one is no decimal. */
export function multiplyDecimals(left: string, right: string): string | null {
  const a = parse(left);
  const b = parse(right);
  return a && b ? format({ coefficient: a.coefficient * b.coefficient, scale: a.scale + b.scale }) : null;
}

/**
 * Quotient of two decimal texts, rounded half away from zero to `scale`; without `scale` it must be exact. Null when a
 * text is no decimal, the divisor is zero, or the exact quotient does not end.
 */
export function divideDecimals(dividend: string, divisor: string, scale?: number): string | null {
  const a = parse(dividend);
  const b = parse(divisor);
  if (!a || !b || b.coefficient === 0n) return null;
  // One digit more than asked for can't decide a tie below it, so the remainder of the exact division does.
  const digits = scale ?? MAX_DIGITS;
  const shift = digits + b.scale - a.scale;
  const numerator = shift >= 0 ? a.coefficient * 10n ** BigInt(shift) : a.coefficient;
  const denominator = shift >= 0 ? b.coefficient : b.coefficient * 10n ** BigInt(-shift);
  if (scale === undefined && numerator % denominator !== 0n) return null;
  return format({ coefficient: divideHalfAway(numerator, denominator), scale: digits });
}

function fractionDigits(text: string): number {
  const point = text.indexOf('.');
  return point < 0 ? 0 : text.length - point - 1;
}

function parse(text: string): Decimal | null {
  const match = DECIMAL.exec(text);
  if (!match) return null;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return null;
  return fromDigits(sign === '-', whole + fraction, fraction.length - Number(exponent));
}

/** Digits are counted as written out without exponent, so that what is accepted once is so in its canonical form. */
function fromDigits(negative: boolean, text: string, scale: number): Decimal | null {
  const digits = text.replace(/^0+(?=.)/, '');
  if (scale > MAX_DIGITS || digits.length - Math.min(scale, 0) > MAX_DIGITS) return null;
  const magnitude = BigInt(digits) * 10n ** BigInt(-Math.min(scale, 0));
  return { coefficient: negative ? -magnitude : magnitude, scale: Math.max(scale, 0) };
}

function round(decimal: Decimal, scale: number): Decimal {
  if (decimal.scale <= scale) return decimal;
  return { coefficient: divideHalfAway(decimal.coefficient, 10n ** BigInt(decimal.scale - scale)), scale };
}

function divideHalfAway(numerator: bigint, denominator: bigint): bigint {
  const negative = numerator < 0n !== denominator < 0n;
  const n = numerator < 0n ? -numerator : numerator;
  const d = denominator < 0n ? -denominator : denominator;
  const quotient = (2n * n + d) / (2n * d);
  return negative ? -quotient : quotient;
}

function format({ coefficient, scale }: Decimal): string {
  if (coefficient === 0n) return '0';
  const negative = coefficient < 0n;
  const digits = (negative ? -coefficient : coefficient).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '');
  return `${negative ? '-' : ''}${whole}${fraction ? `.${fraction}` : ''}`;
}
