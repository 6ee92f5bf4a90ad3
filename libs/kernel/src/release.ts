/** This release of Plumbline; package.json says the same. */
export const RELEASE = '0.1.0';
