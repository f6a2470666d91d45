/**
 * What we use of the SDK of Service Bus, loaded on demand by `await import('./service-bus-sdk')`. The SDK is CommonJS: asked for
 * itself, a bundle would give all of it as `default`.
 */
export { ServiceBusClient } from '@azure/service-bus'
/** The SDK's 64-bit integers. */
export { default as Long } from 'long'
