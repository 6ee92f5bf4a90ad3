/** Injection token of the hub's services. */
export const SERVICES = Symbol('SERVICES');
/** Injection token of the live feed. */
export const LIVE_FEED = Symbol('LIVE_FEED');
/** Injection token of how the hub was. */
export const TREND = Symbol('TREND');
/** Injection token of the topic browser. */
export const TOPICS = Symbol('TOPICS');
/** Injection token of the registry. */
export const REGISTRY = Symbol('REGISTRY');
/** Injection token of what reads the hub file for people. */
export const SHOWN_FILE = Symbol('SHOWN_FILE');
/** Injection token of replays, dead letters and offsets. */
export const REDELIVERY = Symbol('REDELIVERY');
/** Injection token of the API's description. */
export const API_DOCUMENT = Symbol('API_DOCUMENT');
/** Injection token of the hub file. */
export const HUB_FILE = Symbol('HUB_FILE');
/** Injection token of the ways in. */
export const SIGN_IN = Symbol('SIGN_IN');
/** Injection token of who may do what. */
export const ACCESS = Symbol('ACCESS');
/** Injection token of what needs two persons here. */
export const FOUR_EYES = Symbol('FOUR_EYES');
/** Injection token of the audits of all services. */
export const HUB_AUDIT = Symbol('HUB_AUDIT');
/** Injection token of what describes topics. */
export const CATALOGUES = Symbol('CATALOGUES');
/** Injection token of the addresses of the brokers. */
export const BROKERS = Symbol('BROKERS');
/** Injection token of what opens the desk of API keys. */
export const KEY_DESK = Symbol('KEY_DESK');
/** Injection token of seeds. */
export const SEEDS = Symbol('SEEDS');
