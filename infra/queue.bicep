// One queue and who may use it.

import { principals } from 'types.bicep'

var resources = loadJsonContent('../shared/platform/resources.json')

@description('Namespace that holds the queue.')
param namespaceName string

@description('What the queue is called in the declaration.')
param key string

@description('The queue as declared; durations in ISO 8601.')
param queue {
  name: string
  lockDuration: string
  @minValue(1)
  maxDeliveryCount: int
  requiresDuplicateDetection: bool
  duplicateDetectionHistoryTimeWindow: string
  defaultMessageTimeToLive: string
  deadLetteringOnMessageExpiration: bool
}

@description('Who there is.')
param people principals

resource namespace 'Microsoft.ServiceBus/namespaces@2024-01-01' existing = {
  name: namespaceName
}

resource entity 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' = {
  parent: namespace
  name: queue.name
  properties: {
    lockDuration: queue.lockDuration
    maxDeliveryCount: queue.maxDeliveryCount
    requiresDuplicateDetection: queue.requiresDuplicateDetection
    duplicateDetectionHistoryTimeWindow: queue.duplicateDetectionHistoryTimeWindow
    defaultMessageTimeToLive: queue.defaultMessageTimeToLive
    deadLetteringOnMessageExpiration: queue.deadLetteringOnMessageExpiration
    requiresSession: false
    enablePartitioning: false
  }
}

resource roles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for entry in filter(resources.roles.assignments, entry => entry.scope == 'queue/${key}'): if (!empty(people[entry.identity].id)) {
    name: guid(entity.id, people[entry.identity].id, entry.role)
    scope: entity
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
