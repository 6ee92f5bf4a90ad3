export { eventually, type EventuallyOptions } from './eventually.js';
export { KAFKA_KINDS, KafkaLine, type FrameRules } from './kafka-line.js';
