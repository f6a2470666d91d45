// The identity of one app. It exists before the app, so that its roles hold at the first start.

@description('Name of the identity.')
@minLength(3)
@maxLength(128)
param name string

@description('Azure region.')
param location string

@description('Tags of every resource.')
param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

@description('Resource id, for what the identity is attached to.')
output id string = identity.id

@description('Client id, for settings.')
output clientId string = identity.properties.clientId

@description('Object id, for roles.')
output principalId string = identity.properties.principalId
