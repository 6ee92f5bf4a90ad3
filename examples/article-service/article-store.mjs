// The articles of one shop, in memory, with what a hub needs of a system: versions, and the order of changes.

const MAX_BRAND = 60;

export class ArticleStore {
  #articles = new Map();
  #lastChange = 0;

  /** Articles changed after `since`, oldest change first; deleted ones are among them, marked so. */
  changes(since, limit) {
    const later = [...this.#articles.values()]
      .filter(({ change }) => change > since)
      .sort((a, b) => a.change - b.change);
    const articles = later.slice(0, limit);
    return { articles, cursor: articles.at(-1)?.change ?? since, more: later.length > limit };
  }

  /** Live articles in order of their ids, after `after` and up to `until`. */
  list(after, until, limit) {
    const inRange = this.#live()
      .filter(({ id }) => id > after && (until === null || id <= until))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    const articles = inRange.slice(0, limit);
    return { articles, next: inRange.length > limit ? articles.at(-1).id : null };
  }

  /** Live articles by id or by number; what does not exist is left out. */
  find({ ids = [], skus = [] }) {
    return this.#live().filter(({ id, sku }) => ids.includes(id) || skus.includes(sku));
  }

  create(values) {
    const refusal = refuse(values) ?? (values.sku ? null : 'sku: must not be empty');
    if (refusal) return { status: 422, reason: refusal };
    const taken = this.#live().find(({ sku }) => sku === values.sku);
    if (taken) return { status: 409, article: taken };
    const id = `art-${String(this.#articles.size + 1).padStart(8, '0')}`;
    return {
      status: 201,
      article: this.#save({ title: null, brand: null, ...values, id, version: 0, deleted: false }),
    };
  }

  update(id, version, values) {
    return this.#change(id, version, values, () => refuse(values));
  }

  remove(id, version) {
    return this.#change(id, version, { deleted: true }, () => null);
  }

  #change(id, version, values, check) {
    const article = this.#articles.get(id);
    if (!article || article.deleted) return { status: 404 };
    if (String(article.version) !== version) return { status: 412, article };
    const refusal = check();
    return refusal ? { status: 422, reason: refusal } : { status: 200, article: this.#save({ ...article, ...values }) };
  }

  #save(article) {
    this.#lastChange += 1;
    const changedAt = new Date().toISOString();
    const saved = { ...article, version: article.version + 1, change: this.#lastChange, changedAt };
    this.#articles.set(saved.id, saved);
    return saved;
  }

  #live() {
    return [...this.#articles.values()].filter(({ deleted }) => !deleted);
  }
}

/** Why the shop does not take these values; null when it does. */
function refuse({ brand }) {
  return typeof brand === 'string' && brand.length > MAX_BRAND ? `brand: at most ${MAX_BRAND} characters` : null;
}
