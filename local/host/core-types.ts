/**
 * The shapes that pass between host and `@azure/functions`: those of `@azure/functions-core`, which exists only inside a
 * running worker and is published nowhere. Only what this host uses is named.
 *
 * @see Azure/azure-functions-nodejs-worker `types-core/index.d.ts`
 */
import type { LogLevel } from './log'

/** A map whose values may be absent, as the worker's capability `UseNullableValueDictionaryForHttp` asks for. */
export type NullableMap = Record<string, { value: string }>

/** An HTTP request on its way to the library. */
export interface RpcHttpRequest {
  method: string
  url: string
  nullableHeaders: NullableMap
  nullableQuery: NullableMap
  nullableParams: NullableMap
  body?: { bytes: Uint8Array }
}

export interface RpcCookie {
  name: string
  value: string
  domain?: { value: string }
  path?: { value: string }
  expires?: { value: { seconds: number } }
  secure?: { value: boolean }
  httpOnly?: { value: boolean }
  sameSite?: 'none' | 'lax' | 'strict' | 'explicitNone'
  maxAge?: { value: number }
}

/** An HTTP response as the library made it from the handler's result. */
export interface RpcHttpResponse {
  statusCode?: string
  headers?: Record<string, string>
  cookies?: RpcCookie[]
  enableContentNegotiation?: boolean
  body?: { bytes?: Uint8Array } | null
}

/** One value on its way to or from a function; exactly one property is set. */
export interface TypedData {
  string?: string
  json?: string
  bytes?: Uint8Array
  http?: RpcHttpRequest & RpcHttpResponse
}

export interface Binding {
  type: string
  direction: string
  name?: string
  [property: string]: unknown
}

export interface FunctionMetadata {
  name: string
  functionId?: string
  bindings: Record<string, Binding>
}

export type FunctionCallback = (...inputs: unknown[]) => unknown

export interface RegisteredFunction {
  metadata: FunctionMetadata
  callback: FunctionCallback
  /** Name and properties of the trigger binding. */
  triggerName: string
  trigger: Binding
}

export interface InvocationRequest {
  invocationId: string
  inputData: { name: string; data: TypedData }[]
  triggerMetadata: Record<string, TypedData>
  traceContext: { traceParent: string; traceState: string; attributes: Record<string, string> }
}

export interface InvocationResponse {
  returnValue?: { http?: RpcHttpResponse } | null
  outputData?: { name: string }[]
}

/** What the library gets for one invocation. */
export interface CoreInvocationContext {
  invocationId: string
  request: InvocationRequest
  metadata: FunctionMetadata
  state?: 'preInvocationHooks' | 'postInvocationHooks' | 'invocation' | undefined
  log(level: LogLevel, category: 'user' | 'system', message: string): void
}

export interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>
  invokeFunction(context: unknown, inputs: unknown[], callback: FunctionCallback): Promise<unknown>
  getResponse(context: unknown, result: unknown): Promise<InvocationResponse>
}

/** What `@azure/functions` registers when the app registers its first function. */
export interface ProgrammingModel {
  name: string
  version: string
  getInvocationModel(context: CoreInvocationContext): InvocationModel | Promise<InvocationModel>
  getCapabilities?(capabilities: Record<string, string>): Promise<Record<string, string>>
}

export type HookName = 'preInvocation' | 'postInvocation' | 'appStart' | 'appTerminate' | 'log'
export type HookCallback = (context: object) => unknown
