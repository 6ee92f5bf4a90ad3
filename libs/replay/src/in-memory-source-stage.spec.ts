import { InMemorySourceStage } from './in-memory-source-stage.js';
import { testSourceStage } from './source-stage.contract.js';

testSourceStage(() => Promise.resolve(new InMemorySourceStage()));
