// Decides which plants were caught. Pure.

/**
 * Compares what fired with what was planted: a plant is right when exactly its rule fired in its file, or nothing where
 * it is allowed. Something that fired in a file without a plant makes a result of its own.
 */
export function judgePlants(plants, fired) {
  const byFile = groupByFile(fired);
  const results = plants.map((plant) => {
    const rules = [...new Set((byFile.get(plant.file) ?? []).map(({ rule }) => rule))];
    const wanted = plant.rule === null ? [] : [plant.rule];
    return { plant, rules, isRight: rules.length === wanted.length && rules.every((rule) => wanted.includes(rule)) };
  });
  const planted = new Set(plants.map(({ file }) => file));
  const strays = [...byFile.keys()].filter((file) => !planted.has(file));
  return [
    ...results,
    ...strays.map((file) => ({
      plant: { rule: null, file, code: '' },
      rules: byFile.get(file).map(({ rule }) => rule),
      isRight: false,
    })),
  ];
}

/** For each rule, how many violations were planted and how many were caught. */
export function summarize(rules, results) {
  return rules.map((rule) => {
    const own = results.filter(({ plant }) => plant.rule === rule);
    return { rule, planted: own.length, caught: own.filter(({ isRight }) => isRight).length };
  });
}

function groupByFile(fired) {
  const groups = new Map();
  for (const item of fired) groups.set(item.file, [...(groups.get(item.file) ?? []), item]);
  return groups;
}
