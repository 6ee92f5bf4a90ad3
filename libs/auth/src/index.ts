export { TokenGuard } from './token.guard.js';
