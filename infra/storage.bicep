// Storage of one app: its package and the host's own state. An account for each app, since whoever writes here decides what runs.

import { principals } from 'types.bicep'

var resources = loadJsonContent('../shared/platform/resources.json')

@description('The app that the account is for.')
@allowed(['portal', 'api'])
param role string

@description('Name of the account.')
@minLength(3)
@maxLength(24)
param name string

@description('Azure region.')
param location string

@description('Tags of every resource.')
param tags object

@description('Who there is.')
param people principals

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    accessTier: 'Hot'
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: 'Enabled'
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' = {
  parent: account
  name: 'default'
}

resource packages 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' = {
  parent: blobs
  name: 'packages'
  properties: { publicAccess: 'None' }
}

resource roles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for entry in filter(resources.roles.assignments, entry => entry.scope == 'storage/${role}'): if (!empty(people[entry.identity].id)) {
    name: guid(account.id, people[entry.identity].id, entry.role)
    scope: account
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

@description('Name of the account.')
output name string = account.name

@description('Address of the container that holds the deployed package.')
output packagesUrl string = '${account.properties.primaryEndpoints.blob}${packages.name}'
