/** The vaults of the app: what is agreed with partners, and the keys over login names. Which exist is said by the settings. */
import { type LoginKeys, loginKeysForm, parseLoginKeys } from './login-keys'
import { clientCertificates } from './platform/client-certificates'
import type { ClientTlsSource } from './platform/http-call'
import { secretName } from './platform/resources'
import { createSecrets, type SecretsOptions } from './platform/secrets'
import { type Settings, SettingsError } from './settings'

/** What the secrets of each partner begin with in the declaration; a partner is called as its settings begin. */
const partners = {
  ES2PLUS: 'es2plus',
  BILLING: 'billing',
  PROVISIONING: 'provisioning',
  IDENTITY_CHECK: 'identityCheck',
} as const

/** See {@link createVaults}. */
export interface Vaults {
  /** Certificates for mutual TLS with a partner; undefined where there is no vault for them. */
  tls(partner: keyof typeof partners): ClientTlsSource | undefined
  /**
   * The keys over login names; undefined where there is no vault for them.
   *
   * @throws {SecretUnavailableError} {@link SettingsError}
   */
  loginKeys(): Promise<LoginKeys | undefined>
}

/** Opens the vaults that the settings name. Does no I/O: each secret is read when it is first needed. */
export function createVaults(
  settings: Pick<Settings, 'KEY_VAULT_URL' | 'LOGIN_VAULT_URL'>,
  parts: Omit<SecretsOptions, 'vaultUrl'>,
): Vaults {
  const open = (vaultUrl: string | undefined) => vaultUrl && createSecrets({ ...parts, vaultUrl })
  const shared = open(settings.KEY_VAULT_URL)
  const login = open(settings.LOGIN_VAULT_URL)
  return {
    tls(partner) {
      if (!shared) return undefined
      const key = partners[partner]
      return clientCertificates(shared, {
        certificate: secretName(`${key}Client`),
        authority: secretName(`${key}Authority`),
      })
    },
    async loginKeys() {
      if (!login) return undefined
      const name = secretName('loginHmacKey')
      const secret = await login.read(name)
      const keys = secret && parseLoginKeys(secret.text)
      if (!keys) throw new SettingsError(`the secret ${name} in LOGIN_VAULT_URL must be ${loginKeysForm}`)
      return keys
    },
  }
}
