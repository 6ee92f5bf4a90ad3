export { Database, type DatabaseOptions, type Migration, type Sql } from './database.js';
