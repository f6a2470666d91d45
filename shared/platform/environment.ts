/** Azure Functions Core Tools (`func start`) and the local host say `Development`; Azure never does. */
export function isDevelopment(): boolean {
  return process.env.AZURE_FUNCTIONS_ENVIRONMENT === 'Development'
}
