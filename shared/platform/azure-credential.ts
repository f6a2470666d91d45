/** Who this process is to Azure. */
import type { TokenSource } from './tables-document-store'

/**
 * The managed identity where the platform offers one (Azure Functions sets `IDENTITY_ENDPOINT`), the one that `AZURE_CLIENT_ID` names
 * if there are several; elsewhere whoever has signed in, as by `az login`. Does no I/O: the first token is asked for by the first call.
 */
export async function azureCredential(environment: Readonly<Record<string, string | undefined>>): Promise<TokenSource> {
  const { DefaultAzureCredential, ManagedIdentityCredential } = await import('@azure/identity')
  if (!environment.IDENTITY_ENDPOINT) return new DefaultAzureCredential()
  const clientId = environment.AZURE_CLIENT_ID
  return clientId ? new ManagedIdentityCredential({ clientId }) : new ManagedIdentityCredential()
}
