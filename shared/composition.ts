/**
 * The composition root: which adapter stands behind which port, decided from the configuration in one place. Everything is made when
 * it is first asked for and kept for the process; heavy SDKs are imported only then, so a function loads what it uses. The small parts of the
 * operator API are not: a file of their own would cost its first caller more than it saves the others.
 */
import { createHash, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Operator } from './domain/operator'
import type { Notices } from './fulfilment/notices'
import type { Orders } from './fulfilment/orders'
import type { RenewalParts } from './fulfilment/renewals'
import type { SweepParts } from './fulfilment/sweep'
import type { UsageParts } from './fulfilment/usage'
import type { LoginKeys } from './login-keys'
import type { AdmitParts } from './machines/admit'
import { loadMachineSettings, type MachineSettings } from './machines/machine-settings'
import { createOperatorApi, type OperatorApi } from './operator-api'
import { findAppRoot } from './platform/app-root'
import { credentialOf } from './platform/credential'
import { isDevelopment } from './platform/environment'
import { createLog } from './platform/log'
import { wakeHorizonMs } from './platform/open-wake-queue'
import type { Billing, Clock, DocumentStore, IdentityCheck, WakeQueue } from './platform/ports'
import { openState } from './platform/state'
import type { Settings } from './settings'
import type { Vaults } from './vaults'

/** Made once, on demand. A failure is not kept: the next call tries again. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined
      throw error
    })
    return made
  }
}

const clock: Clock = () => new Date()
const log = createLog()

const settings = once(async (): Promise<Settings> => {
  const { readSettings } = await import('./settings')
  return readSettings(process.env)
})

/** Who we are to Azure. Its library is loaded with the first token. */
const credential = credentialOf(process.env)

const vaults = once(async (): Promise<Vaults> => {
  const { createVaults } = await import('./vaults')
  return createVaults(await settings(), { credential, clock, log })
})
const operatorFile = () => process.env.OPERATOR_FILE ?? join(findAppRoot(), 'operator.json')

const operator = once(async (): Promise<Operator> => {
  const { loadOperator } = await import('./platform/operator-file')
  return loadOperator(operatorFile(), ({ path: place, message }) =>
    log.warn('operator_file.warning', { place, message }),
  )
})

/** The two small parts of operator.json that GetBalance needs. */
const machineSettings = once((): Promise<MachineSettings> => loadMachineSettings(operatorFile(), findAppRoot()))

/** Undefined where the operator's systems bring no tokens. */
const bearerCheck = once(async (): Promise<AdmitParts['bearer']> => {
  const { systems = [] } = (await machineSettings()).access
  if (systems.every(({ oauth }) => oauth === undefined)) return undefined
  const { createBearerChecks } = await import('./machines/bearer-token')
  return createBearerChecks(clock)
})

/** GetBalance needs no more than this of the settings: the store's. */
const documents = once(async (): Promise<DocumentStore> => {
  const state = await openState(process.env, { clock, log })
  if (state !== undefined) return state
  await settings() // says what is missing
  throw new Error('no store is configured')
})

const operatorApi = once(async (): Promise<OperatorApi> => {
  const [store, { operatorApi: config }] = await Promise.all([documents(), machineSettings()])
  return createOperatorApi({ documents: store, config, operator, clock })
})

const wakes = once(async (): Promise<WakeQueue> => {
  const { ORDERS_STORAGE } = await settings()
  const { openWakeQueue } = await import('./platform/open-wake-queue')
  return openWakeQueue(process.env, ORDERS_STORAGE, clock)
})

/** The queue's SDK is loaded when the first wake is sent, not when the first page is shown. */
const lazyWakes: WakeQueue = {
  get horizonMs() {
    return wakeHorizonMs(process.env)
  },
  async send(wake, at) {
    await (await wakes()).send(wake, at)
  },
}

const billing = once(async (): Promise<Billing> => {
  const [given, configured] = await Promise.all([settings(), operator()])
  const { createBilling } = await import('./platform/billing')
  return createBilling({ url: given.BILLING_URL ?? configured.billing.url, ...(await access(given, 'BILLING')) })
})

/** Undefined where the operator has none: then nobody is checked. */
const identityCheck = once(async (): Promise<IdentityCheck | undefined> => {
  const [given, configured] = await Promise.all([settings(), operator()])
  const url = given.IDENTITY_CHECK_URL ?? configured.identityCheck?.url
  if (url === undefined) return undefined
  const { createIdentityCheck } = await import('./platform/identity-check')
  return createIdentityCheck({ url, ...(await access(given, 'IDENTITY_CHECK')) })
})

const orders = once(async (): Promise<Orders> => {
  const [given, configured, store, bill] = await Promise.all([settings(), operator(), documents(), billing()])
  const [{ rulesOf }, { createFulfilment }, { createPerform }, { createEs2Plus }, { createProvisioning }, { tlsOf }] =
    await Promise.all([
      import('./operator-rules'),
      import('./fulfilment/fulfilment'),
      import('./fulfilment/perform'),
      import('./platform/es2plus/client'),
      import('./platform/provisioning'),
      import('./partner-settings'),
    ])
  const { smdp } = configured
  const rules = rulesOf(configured)
  const es2plus = createEs2Plus({
    url: given.ES2PLUS_URL ?? smdp.es2plusUrl,
    requesterIdentifier: smdp.requesterIdentifier,
    protocolVersion: smdp.protocolVersion,
    padIccid: smdp.padIccid,
    callTimeoutMs: rules.callTimeoutMs.smdp,
    tls: (await tlsOf(given, 'ES2PLUS')) ?? (await vaults()).tls('ES2PLUS'),
  })
  const provisioning = createProvisioning({
    url: given.PROVISIONING_URL ?? configured.provisioning.url,
    serviceSpecification: configured.provisioning.serviceSpecification,
    ...(await access(given, 'PROVISIONING')),
  })
  const perform = createPerform({ documents: store, es2plus, billing: bill, provisioning, randomBytes })
  return createFulfilment({ documents: store, wakes: lazyWakes, perform, rules, clock, log })
})

const notices = once(async (): Promise<Notices> => {
  const { createNotices } = await import('./fulfilment/notices')
  return createNotices(await documents(), await orders(), log)
})

const portal = once(async () => {
  const [given, configured, store, bill, order, check] = await Promise.all([
    settings(),
    operator(),
    documents(),
    billing(),
    orders(),
    identityCheck(),
  ])
  const [{ createPortal }, { loadAssets }] = await Promise.all([import('./portal/app'), import('./portal/assets')])
  return createPortal({
    documents: store,
    orders: order,
    billing: bill,
    ...(check === undefined ? {} : { identityCheck: check }),
    operator: configured,
    publicUrl: given.PORTAL_URL ?? configured.portal.publicUrl,
    loginKey: async () => (await loginKeys(given)).current,
    olderLoginKeys: async () => (await loginKeys(given)).older,
    clock,
    randomBytes,
    log,
    assets: loadAssets(findAppRoot(), configured),
  })
})

const usageMemory = once(async () => (await import('./fulfilment/usage')).createUsageMemory())

const readiness = once(async () => {
  const { createReadiness } = await import('./platform/readiness')
  return createReadiness({ documents: await documents(), wakes: await wakes(), clock })
})

/** A fault in operator.json keeps nobody from sending usage. */
const usageRecordDays = once(async (): Promise<number> => {
  const { defaultUsageRecordDays } = await import('./domain/usage-record')
  return operator().then(
    ({ records }) => records.usageDays,
    () => defaultUsageRecordDays,
  )
})

/** What the functions ask for. */
export const composition = {
  clock,
  documents,
  machineSettings,
  bearerCheck,
  operatorApi,
  operator,
  usageRecordDays,
  orders,
  notices,
  portal,
  readiness,
  async sweepParts(): Promise<SweepParts> {
    return { documents: await documents(), wakes: await wakes(), clock, log }
  },
  /** What orders need is made only when one is to be told of its first use. */
  async usageParts(): Promise<UsageParts> {
    const send: Orders['send'] = async (...given) => (await orders()).send(...given)
    return { documents: await documents(), orders: { send }, clock, log, memory: await usageMemory() }
  },
  async renewalParts(): Promise<RenewalParts> {
    return { documents: await documents(), orders: await orders(), clock, log }
  },
}

/** A laptop without a key gets one that only its own store's address determines; anywhere else a missing key is an error. */
async function loginKeys(given: Settings): Promise<LoginKeys> {
  const { loginKeysForm, parseLoginKeys } = await import('./login-keys')
  const keys = parseLoginKeys(given.LOGIN_HMAC_KEY ?? '') ?? (await (await vaults()).loginKeys())
  if (keys !== undefined) return keys
  if (isDevelopment())
    return { current: createHash('sha256').update(`development ${given.ORDERS_STORAGE}`).digest(), older: [] }
  const { SettingsError } = await import('./settings')
  throw new SettingsError(`app settings: LOGIN_VAULT_URL is missing, or LOGIN_HMAC_KEY, which is ${loginKeysForm}`)
}

/** How a system of the operator knows us, and where to say that it does not. */
async function access(given: Settings, partner: 'BILLING' | 'PROVISIONING' | 'IDENTITY_CHECK') {
  const { oauthOf, tlsOf } = await import('./partner-settings')
  const [tls, oauth] = await Promise.all([tlsOf(given, partner), oauthOf(given, partner)])
  return { tls: tls ?? (await vaults()).tls(partner), oauth, log }
}
