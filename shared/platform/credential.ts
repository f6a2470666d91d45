/** Who this app is to Azure. There are no keys: every service is asked with a token of Microsoft Entra ID. */
import type { TokenCredential } from '@azure/identity'

/** Options of {@link createCredential}. */
export interface CredentialOptions {
  /** Client id of the user-assigned identity, the setting `AZURE_CLIENT_ID`; without it the system-assigned one is used. */
  clientId?: string | undefined
  /** On a development machine: whoever is signed in there (Azure CLI, editor, environment). */
  development: boolean
}

/** The credential of this process: Azure Functions sets `IDENTITY_ENDPOINT` where there is a managed identity; elsewhere it is a person's. */
export function credentialOf(environment: Readonly<Record<string, string | undefined>>): TokenCredential {
  return createCredential({
    clientId: environment.AZURE_CLIENT_ID || undefined,
    development: !environment.IDENTITY_ENDPOINT,
  })
}

/**
 * A credential whose library is loaded when the first token is asked for, so that making clients costs nothing at start.
 *
 * In Azure it is the managed identity and nothing else: `DefaultAzureCredential` would try one source after the other, and might find a
 * person's. Tokens are kept and renewed by the library.
 *
 * @see "Credential chains in the Azure Identity library", section on production
 */
export function createCredential({ clientId, development }: CredentialOptions): TokenCredential {
  let made: Promise<TokenCredential> | undefined
  const make = async (): Promise<TokenCredential> => {
    const { DefaultAzureCredential, ManagedIdentityCredential } = await import('@azure/identity')
    if (development) return new DefaultAzureCredential()
    return clientId === undefined ? new ManagedIdentityCredential() : new ManagedIdentityCredential({ clientId })
  }
  return {
    async getToken(scopes, options) {
      made ??= make()
      return (await made).getToken(scopes, options)
    },
  }
}
