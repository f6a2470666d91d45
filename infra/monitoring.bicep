// Where logs, requests and metrics go. Nothing is taken in without a token of Microsoft Entra ID.

import { principals } from 'types.bicep'

var resources = loadJsonContent('../shared/platform/resources.json')

@description('End of every name.')
@minLength(5)
param token string

@description('Azure region.')
param location string

@description('Tags of every resource.')
param tags object

@description('Days that logs are kept.')
@minValue(30)
@maxValue(730)
param retentionInDays int

@description('Who there is.')
param people principals

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: 'log-${token}'
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionInDays
    features: { disableLocalAuth: true }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${token}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    IngestionMode: 'LogAnalytics'
    DisableLocalAuth: true
  }
}

resource roles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for entry in filter(resources.roles.assignments, entry => entry.scope == 'insights'): if (!empty(people[entry.identity].id)) {
    name: guid(insights.id, people[entry.identity].id, entry.role)
    scope: insights
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

@description('Where telemetry goes. The key in it names the component and opens nothing: local authentication is off.')
output ingestion string = insights.properties.ConnectionString
