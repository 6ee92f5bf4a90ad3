export { AddressGuard, isForbiddenAddress, type Resolve } from './address-guard.js';
export {
  OutboundHttp,
  type OutboundAnswer,
  type OutboundFailure,
  type OutboundOptions,
  type OutboundRequest,
} from './outbound-http.js';
