import type { DocumentStore } from '../../platform/ports'
import { emptySubscriber, type Subscriber } from './subscriber'

/** The person's document, or an empty one: it is made on demand, so nobody may rely on it. */
export async function readSubscriber(documents: DocumentStore, id: string): Promise<Subscriber> {
  return (await documents.get<Subscriber>('subscribers', id, id))?.value ?? emptySubscriber(id)
}

/** Notes name, e-mail and language of a person who has no document yet; an existing one is left as it is. */
export async function introduceSubscriber(
  documents: DocumentStore,
  person: Pick<Subscriber, 'id' | 'name' | 'email' | 'language'>,
): Promise<void> {
  const subscriber: Subscriber = { ...emptySubscriber(person.id), ...person }
  // A conflict means that the document exists: nothing to do.
  await documents.insert('subscribers', person.id, person.id, subscriber)
}
