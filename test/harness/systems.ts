/** The address of a real test system, which jest's global set-up put into the environment. @throws when it has none */
export function systemAddress(variable: string): string {
  const value = process.env[variable];
  if (!value) throw new Error(`${variable} is not set: run this test by \`npm run test:real\``);
  return value;
}
