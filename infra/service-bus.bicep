// Service Bus: one namespace with the queues of the declaration. Standard is the smallest tier with duplicate detection.

import { principals } from 'types.bicep'

var resources = loadJsonContent('../shared/platform/resources.json')

@description('Name of the namespace.')
@minLength(6)
@maxLength(50)
param name string

@description('Azure region.')
param location string

@description('Tags of every resource.')
param tags object

@description('Who there is.')
param people principals

resource namespace 'Microsoft.ServiceBus/namespaces@2024-01-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: 'Standard', tier: 'Standard' }
  properties: {
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
    publicNetworkAccess: 'Enabled'
  }
}

module queues 'queue.bicep' = [
  for queue in items(resources.queues): {
    name: 'queue-${queue.value.name}'
    params: {
      namespaceName: namespace.name
      key: queue.key
      queue: queue.value
      people: people
    }
  }
]

@description('Host name of the namespace.')
output host string = replace(replace(namespace.properties.serviceBusEndpoint, 'https://', ''), ':443/', '')
