/** Names of a record in byte order of UTF-16, as `sort` gives them; most records have them so already, and then nothing is sorted. */
export function sortedKeys(record: object): string[] {
  const keys = Object.keys(record);
  for (let n = 1; n < keys.length; n += 1) if ((keys[n - 1] as string) > (keys[n] as string)) return keys.sort();
  return keys;
}
