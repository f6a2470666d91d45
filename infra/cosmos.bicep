// Cosmos DB: the account, one database, and the containers of the declaration. Access is by identity only, one container at a time.

import { principals } from 'types.bicep'

var resources = loadJsonContent('../shared/platform/resources.json')

@description('Name of the account.')
@minLength(3)
@maxLength(44)
param name string

@description('Azure region.')
param location string

@description('Tags of every resource.')
param tags object

@description('How far back the data can be restored, to the second.')
@allowed(['Continuous7Days', 'Continuous30Days'])
param backupTier string

@description('Who there is.')
param people principals

var grants = flatten(map(
  items(resources.roles.documents),
  entry => map(entry.value, container => { identity: entry.key, container: container })
))

resource account 'Microsoft.DocumentDB/databaseAccounts@2024-11-15' = {
  name: name
  location: location
  tags: tags
  kind: 'GlobalDocumentDB'
  properties: {
    databaseAccountOfferType: 'Standard'
    capabilities: [{ name: 'EnableServerless' }]
    locations: [{ locationName: location, failoverPriority: 0, isZoneRedundant: false }]
    // The code asks for it with every request: absence of a document decides.
    consistencyPolicy: { defaultConsistencyLevel: resources.cosmos.consistency }
    backupPolicy: { type: 'Continuous', continuousModeProperties: { tier: backupTier } }
    disableLocalAuth: true
    disableKeyBasedMetadataWriteAccess: true
    minimalTlsVersion: 'Tls12'
    publicNetworkAccess: 'Enabled'
  }
}

resource database 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases@2024-11-15' = {
  parent: account
  name: resources.cosmos.database
  properties: { resource: { id: resources.cosmos.database } }
}

resource containers 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers@2024-11-15' = [
  for container in items(resources.cosmos.containers): {
    parent: database
    name: container.key
    properties: {
      resource: {
        id: container.key
        partitionKey: { kind: 'Hash', version: 2, paths: [resources.cosmos.partitionKeyPath] }
        indexingPolicy: resources.cosmos.indexingPolicy
        // -1: documents say when they expire; without it nothing does.
        ...(container.value.expires ? { defaultTtl: -1 } : {})
      }
    }
  }
]

// Cosmos DB Built-in Data Contributor; it cannot make or change databases and containers.
resource documentRoles 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2024-11-15' = [
  for grant in grants: if (!empty(people[grant.identity].id)) {
    parent: account
    name: guid(account.id, people[grant.identity].id, grant.container)
    properties: {
      principalId: people[grant.identity].id
      roleDefinitionId: '${account.id}/sqlRoleDefinitions/00000000-0000-0000-0000-000000000002'
      scope: '${account.id}/dbs/${database.name}/colls/${grant.container}'
    }
    dependsOn: [containers]
  }
]

@description('Address of the account.')
output endpoint string = account.properties.documentEndpoint
