import { SYSTEMS } from '../faults/stores.js';

/** The shop owns the category; the ERP owns the rest. */
export const OWNED = SYSTEMS.replace('weight: weight_kg', 'weight: weight_kg\n          category: category').replace(
  'owner: {',
  'owner: { shop: [category],',
);
