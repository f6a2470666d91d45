/** Azure Functions Core Tools (`func start`) and the local host say `Development`; Azure never does. */
export function isDevelopment(): boolean {
  return process.env.AZURE_FUNCTIONS_ENVIRONMENT === 'Development'
}

/**
 * Takes out settings that are still references to Key Vault: Azure leaves the reference itself in the environment when it could not read
 * the secret. A guessable text must not become a password; without it, what the setting would open stays shut. What we show to others
 * stays: they refuse it, calls to them wait, and everything else works.
 *
 * @returns the names of the settings
 * @see "Use Key Vault references as app settings", section "Troubleshoot Key Vault references"
 */
export function dropUnresolvedReferences(environment: Record<string, string | undefined>): string[] {
  const names = Object.keys(environment).filter(
    (name) => /^\s*@Microsoft\.KeyVault\(/i.test(environment[name] ?? '') && !name.endsWith('_OAUTH_CLIENT_SECRET'),
  )
  for (const name of names) delete environment[name]
  return names
}
