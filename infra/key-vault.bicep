// One vault and who may read it. Secrets are put in by staff, never by these templates.

import { principals } from 'types.bicep'

var resources = loadJsonContent('../shared/platform/resources.json')

@description('What the vault is called in the declaration.')
@allowed(['shared', 'login'])
param key string

@description('Name of the vault.')
@minLength(3)
@maxLength(24)
param name string

@description('Azure region.')
param location string

@description('Tags of every resource.')
param tags object

@description('Days that a deleted secret or vault can be brought back; fixed once the vault exists.')
@minValue(7)
@maxValue(90)
param softDeleteRetentionInDays int

@description('Who there is.')
param people principals

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: softDeleteRetentionInDays
    enablePurgeProtection: true
    enabledForDeployment: false
    enabledForDiskEncryption: false
    enabledForTemplateDeployment: false
    publicNetworkAccess: 'Enabled'
  }
}

resource roles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for entry in filter(resources.roles.assignments, entry => entry.scope == 'vault/${key}'): if (!empty(people[entry.identity].id)) {
    name: guid(vault.id, people[entry.identity].id, entry.role)
    scope: vault
    properties: {
      principalId: people[entry.identity].id
      principalType: people[entry.identity].type
      roleDefinitionId: subscriptionResourceId(
        'Microsoft.Authorization/roleDefinitions',
        resources.roles.definitions[entry.role]
      )
    }
  }
]

@description('Name of the vault.')
output name string = vault.name

@description('Address of the vault.')
output url string = vault.properties.vaultUri
