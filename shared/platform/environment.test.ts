import { expect, test } from 'vitest'
import { dropUnresolvedReferences } from './environment'

test('a reference that Azure could not resolve is no setting, and its text no password', () => {
  const environment: Record<string, string | undefined> = {
    OPERATOR_API_BASIC: '@Microsoft.KeyVault(SecretUri=https://kv.vault.azure.net/secrets/operator-api-basic)',
    OTHER: '@microsoft.keyvault(VaultName=kv;SecretName=other)',
    BILLING_OAUTH_CLIENT_SECRET: '@Microsoft.KeyVault(VaultName=kv;SecretName=billing)',
    RESOLVED: 'user:@Microsoft.KeyVault(',
    EMPTY: '',
  }
  expect(dropUnresolvedReferences(environment)).toEqual(['OPERATOR_API_BASIC', 'OTHER'])
  expect(environment).toEqual({
    BILLING_OAUTH_CLIENT_SECRET: '@Microsoft.KeyVault(VaultName=kv;SecretName=billing)',
    RESOLVED: 'user:@Microsoft.KeyVault(',
    EMPTY: '',
  })
})
