import { type AccountsOptions, createAccounts } from './accounts'
import { introduceSubscriber } from './subscribers'

/** The account could not be made: the address belongs to one with another password, or is locked. */
export class SeedAccountError extends Error {
  readonly code = 'seed_account_refused'
  constructor(reason: string) {
    super(`the demo account was refused: ${reason}`)
    this.name = 'SeedAccountError'
  }
}

/**
 * Makes an account for demonstrations and tests. Safe to repeat: the same e-mail and password lead to the same subscriber.
 *
 * @returns the subscriber's id, and whether the account is new
 * @throws {SeedAccountError} `seed_account_refused`; {@link StoreUnavailableError}
 */
export async function seedAccount(
  options: AccountsOptions,
  person: { email: string; password: string; name: string; language?: string },
  now: Date,
): Promise<{ subscriberId: string; created: boolean }> {
  const result = await createAccounts(options).signUp(person.email, person.password, now)
  if (!result.ok) throw new SeedAccountError(result.reason)
  await introduceSubscriber(options.documents, {
    id: result.subscriberId,
    name: person.name,
    email: person.email,
    language: person.language ?? '',
  })
  return { subscriberId: result.subscriberId, created: result.created }
}
