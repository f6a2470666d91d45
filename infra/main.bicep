// Everything that the app needs in Azure: one resource group with two function apps and what they stand on.
//
// What containers, queues, settings and roles there are is said in shared/platform/resources.json, which the code reads, too.
// Nothing here holds, makes or prints a secret: identities do the work, and staff put partners' secrets into the vaults.
targetScope = 'subscription'

import { principals, scale } from 'types.bicep'

@description('Name of the environment, such as `test` or `prod`; part of every name.')
@minLength(1)
@maxLength(32)
param environmentName string

@description('Azure region; one that offers Flex Consumption.')
@minLength(1)
param location string

@description('Tags of every resource, besides those that are set here.')
param tags object = {}

@description('Object id of the person or group that puts secrets into the vaults and runs the `mobile-plans` command. Empty: nobody.')
param staffPrincipalId string = ''

@description('What `staffPrincipalId` is.')
@allowed(['User', 'Group', 'ServicePrincipal'])
param staffPrincipalType string = 'User'

@description('Version of Node.js.')
@allowed(['22', '24'])
param nodeVersion string = '24'

@description('How far the portal scales; one instance always runs, so that nobody waits for the first page.')
param portalScale scale = {
  maximumInstances: 100
  instanceMemory: 2048
  alwaysReady: [{ name: 'http', instanceCount: 1 }]
}

@description('How far the API scales; HTTP, wakes and sweep each have an instance that always runs, since Windows and deadlines wait.')
param apiScale scale = {
  maximumInstances: 100
  instanceMemory: 2048
  alwaysReady: [
    { name: 'http', instanceCount: 1 }
    { name: 'function:wakeOrder', instanceCount: 1 }
    { name: 'function:sweep', instanceCount: 1 }
  ]
}

@description('Spread the apps over availability zones; needs two always-ready instances in each group that has any.')
param zoneRedundant bool = false

@description('Client certificates at the API. `Optional`: our code answers 401 or 403; `Required`: the platform answers 403 before it.')
@allowed(['Optional', 'Required'])
param apiClientCertificates string = 'Optional'

@description('Settings whose secrets are in the vault by now, such as `OPERATOR_API_BASIC`; docs/deploy.md lists them.')
param secretSettings string[] = []

@description('Further settings of both apps that are no secrets, by name, of those that the declaration takes from a parameter.')
param furtherSettings { *: string } = {}

@description('Where the portal is reached, if not at `portal.publicUrl` of operator.json.')
param portalUrl string = ''

@description('Base URL of the SM-DP+, if not as in operator.json.')
param es2plusUrl string = ''

@description('Base URL of billing, if not as in operator.json.')
param billingUrl string = ''

@description('Base URL of network provisioning, if not as in operator.json.')
param provisioningUrl string = ''

@description('How far back documents can be restored, to the second.')
@allowed(['Continuous7Days', 'Continuous30Days'])
param backupTier string = 'Continuous30Days'

@description('Days that a deleted secret or vault can be brought back; fixed once the vaults exist.')
@minValue(7)
@maxValue(90)
param softDeleteRetentionInDays int = 90

@description('Days that logs are kept.')
@minValue(30)
@maxValue(730)
param logRetentionInDays int = 30

var token = uniqueString(subscription().id, environmentName, location)
var allTags = union(tags, { 'azd-env-name': environmentName, app: 'mobile-plans' })

var people principals = {
  portal: { id: portalIdentity.outputs.principalId, type: 'ServicePrincipal' }
  api: { id: apiIdentity.outputs.principalId, type: 'ServicePrincipal' }
  staff: { id: staffPrincipalId, type: staffPrincipalType }
}

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-mobile-plans-${environmentName}'
  location: location
  tags: allTags
}

module portalIdentity 'identity.bicep' = {
  scope: group
  name: 'portal-identity'
  params: { name: 'id-portal-${token}', location: location, tags: allTags }
}

module apiIdentity 'identity.bicep' = {
  scope: group
  name: 'api-identity'
  params: { name: 'id-api-${token}', location: location, tags: allTags }
}

module monitoring 'monitoring.bicep' = {
  scope: group
  name: 'monitoring'
  params: {
    token: token
    location: location
    tags: allTags
    retentionInDays: logRetentionInDays
    people: people
  }
}

module portalStorage 'storage.bicep' = {
  scope: group
  name: 'portal-storage'
  params: {
    role: 'portal'
    name: 'stportal${token}'
    location: location
    tags: allTags
    people: people
  }
}

module apiStorage 'storage.bicep' = {
  scope: group
  name: 'api-storage'
  params: {
    role: 'api'
    name: 'stapi${token}'
    location: location
    tags: allTags
    people: people
  }
}

module cosmos 'cosmos.bicep' = {
  scope: group
  name: 'cosmos'
  params: {
    name: 'cosmos-${token}'
    location: location
    tags: allTags
    backupTier: backupTier
    people: people
  }
}

module serviceBus 'service-bus.bicep' = {
  scope: group
  name: 'service-bus'
  params: {
    name: 'sb-${token}'
    location: location
    tags: allTags
    people: people
  }
}

module sharedVault 'key-vault.bicep' = {
  scope: group
  name: 'shared-vault'
  params: {
    key: 'shared'
    name: 'kv-shared-${token}'
    location: location
    tags: allTags
    softDeleteRetentionInDays: softDeleteRetentionInDays
    people: people
  }
}

module loginVault 'key-vault.bicep' = {
  scope: group
  name: 'login-vault'
  params: {
    key: 'login'
    name: 'kv-login-${token}'
    location: location
    tags: allTags
    softDeleteRetentionInDays: softDeleteRetentionInDays
    people: people
  }
}

// What the settings in the declaration are taken `from`, the same for both apps.
var commonSources = {
  // For the app that asks its callers for certificates: there the platform writes the header that carries them.
  clientCertificates: 'platform'
  credential: 'managedidentity'
  insights: monitoring.outputs.ingestion
  cosmos: cosmos.outputs.endpoint
  serviceBus: serviceBus.outputs.host
  sharedVault: sharedVault.outputs.url
  loginVault: loginVault.outputs.url
  portalUrl: portalUrl
  es2plusUrl: es2plusUrl
  billingUrl: billingUrl
  provisioningUrl: provisioningUrl
}

module portal 'function-app.bicep' = {
  scope: group
  name: 'portal'
  params: {
    token: token
    role: 'portal'
    location: location
    tags: allTags
    identityId: portalIdentity.outputs.id
    packagesUrl: portalStorage.outputs.packagesUrl
    nodeVersion: nodeVersion
    scaling: portalScale
    zoneRedundant: zoneRedundant
    clientCertEnabled: false
    clientCertMode: 'Optional'
    secretSettings: secretSettings
    sources: {
      ...furtherSettings
      ...commonSources
      role: 'portal'
      clientId: portalIdentity.outputs.clientId
      hostStorage: portalStorage.outputs.name
      insightsIdentity: 'ClientId=${portalIdentity.outputs.clientId};Authorization=AAD'
    }
  }
}

module api 'function-app.bicep' = {
  scope: group
  name: 'api'
  params: {
    token: token
    role: 'api'
    location: location
    tags: allTags
    identityId: apiIdentity.outputs.id
    packagesUrl: apiStorage.outputs.packagesUrl
    nodeVersion: nodeVersion
    scaling: apiScale
    zoneRedundant: zoneRedundant
    clientCertEnabled: true
    clientCertMode: apiClientCertificates
    secretSettings: secretSettings
    sources: {
      ...furtherSettings
      ...commonSources
      role: 'api'
      clientId: apiIdentity.outputs.clientId
      hostStorage: apiStorage.outputs.name
      insightsIdentity: 'ClientId=${apiIdentity.outputs.clientId};Authorization=AAD'
    }
  }
}

@description('Resource group of the environment.')
output AZURE_RESOURCE_GROUP string = group.name

@description('Name of the app that serves people.')
output PORTAL_APP_NAME string = portal.outputs.name

@description('Address of the app that serves people.')
output PORTAL_APP_URL string = portal.outputs.url

@description('Name of the app that serves machines.')
output API_APP_NAME string = api.outputs.name

@description('Address of the app that serves machines.')
output API_APP_URL string = api.outputs.url

@description('Address of the document store.')
output COSMOS_ENDPOINT string = cosmos.outputs.endpoint

@description('Host name of the queues.')
output SERVICE_BUS_HOST string = serviceBus.outputs.host

@description('Vault for what is agreed with partners.')
output SHARED_VAULT_NAME string = sharedVault.outputs.name

@description('Vault for the key over login names.')
output LOGIN_VAULT_NAME string = loginVault.outputs.name
