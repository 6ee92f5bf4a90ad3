export { BullRoundRunner, type RoundRunnerOptions } from './bull-round-runner.js';
export { BullRoundSchedule, type RoundScheduleOptions } from './bull-round-schedule.js';
export type { QueueOptions } from './queue-names.js';
export { startRoundWorker, type RoundWorker, type RoundWorkerOptions } from './round-worker.js';
