// Parameters of one environment, read from the variables that azd sets or that you export. Everything else has a default in
// main.bicep, where it is explained; add a line here to change it.
using 'main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'test')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')

// Who puts secrets into the vaults and imports stock.
param staffPrincipalId = readEnvironmentVariable('AZURE_PRINCIPAL_ID', '')
param staffPrincipalType = readEnvironmentVariable('AZURE_PRINCIPAL_TYPE', 'User')

// Addresses of this environment, where they differ from operator.json.
param portalUrl = readEnvironmentVariable('PORTAL_URL', '')
param es2plusUrl = readEnvironmentVariable('ES2PLUS_URL', '')
param billingUrl = readEnvironmentVariable('BILLING_URL', '')
param provisioningUrl = readEnvironmentVariable('PROVISIONING_URL', '')

// Settings that are no secrets and go with your systems, such as BILLING_OAUTH_TOKEN_URL: 'https://login.example.net/token'.
param furtherSettings = {}

// Settings whose secrets are in the vault by now, separated by commas: SECRET_SETTINGS=OPERATOR_API_BASIC
param secretSettings = split(readEnvironmentVariable('SECRET_SETTINGS', ''), ',')
