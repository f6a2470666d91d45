// One app: its Flex Consumption plan and the app itself. Both apps run the same package; `APP_ROLE` tells them apart.
//
// Flex Consumption refuses or ignores settings that older templates carry: FUNCTIONS_WORKER_RUNTIME, FUNCTIONS_EXTENSION_VERSION,
// WEBSITE_RUN_FROM_PACKAGE, siteConfig.linuxFxVersion and siteConfig.ftpsState. FTP is shut by its publishing policy below.

import { scale } from 'types.bicep'

var resources = loadJsonContent('../shared/platform/resources.json')

@description('End of the names of plan and app.')
@minLength(5)
param token string

@description('What the app is for; also the service in azure.yaml.')
@allowed(['portal', 'api'])
param role string

@description('Azure region.')
param location string

@description('Tags of every resource.')
param tags object

@description('The identity that the app runs as.')
param identityId string

@description('Address of the container that holds the package.')
param packagesUrl string

@description('Version of Node.js.')
@allowed(['22', '24'])
param nodeVersion string

@description('How far the app scales.')
param scaling scale

@description('Spread over availability zones; needs two always-ready instances in each group that has any.')
param zoneRedundant bool

@description('Whether callers are asked for a client certificate. Never where browsers come: they would show a picker.')
param clientCertEnabled bool

@description('`Optional`: whoever has none passes, and our code decides; `Required`: the platform turns them away.')
@allowed(['Optional', 'Required'])
param clientCertMode string

@description('What the settings of the declaration are taken `from`. None of it is a secret. To the code, an empty setting is none.')
param sources { *: string }

@description('Settings that are references to secrets, of those that the declaration knows as such: the secrets must be there.')
param secretSettings string[]

var secretReferences = mapValues(
  resources.secrets,
  secret => '@Microsoft.KeyVault(SecretUri=${sources.sharedVault}secrets/${secret.name})'
)

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: 'plan-${role}-${token}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: 'func-${role}-${token}'
  location: location
  tags: union(tags, { 'azd-service-name': role })
  kind: 'functionapp,linux'
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identityId}': {} } }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    publicNetworkAccess: 'Enabled'
    // No clientCertExclusionPaths: a single one switches the whole app to renegotiation, without TLS 1.3, HTTP/2 and large bodies.
    clientCertEnabled: clientCertEnabled
    clientCertMode: clientCertMode
    keyVaultReferenceIdentity: identityId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packagesUrl
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identityId }
        }
      }
      runtime: { name: 'node', version: nodeVersion }
      scaleAndConcurrency: {
        maximumInstanceCount: scaling.maximumInstances
        instanceMemoryMB: scaling.instanceMemory
        alwaysReady: scaling.alwaysReady
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      appSettings: map(
        filter(items(resources.settings), setting => contains(setting.value.apps, role)),
        setting => {
          name: setting.key
          value: setting.value.source == 'keyVaultReference'
            ? (contains(secretSettings, setting.key) ? secretReferences[setting.value.from] : '')
            : setting.value.source == 'parameter' ? (sources[?setting.value.from] ?? '') : sources[setting.value.from]
        }
      )
    }
  }
}

resource ftpByPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'ftp'
  properties: { allow: false }
}

resource scmByPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'scm'
  properties: { allow: false }
}

@description('Name of the app.')
output name string = app.name

@description('Where the app answers.')
output url string = 'https://${app.properties.defaultHostName}'
