/** One client's connection: which links it may have, and where they lead. */
import type { Connection, EventContext, Message, Receiver, Sender } from 'rhea'
import type { Decide } from './faults'
import { acceptMessages, deliverMessages, type LinkParts } from './links'
import { answerManagement, type Reply, replyMessage } from './management'
import type { Queue } from './queue'

/** What a connection needs of the broker. */
export interface ConnectionParts {
  /** By address; `undefined` when there is no such queue. */
  queueOf(address: string): Queue | undefined
  decide: Decide
  silent: () => boolean
  /** Breaks this connection. */
  cut: () => void
  /** The connection has ended, whoever ended it. */
  ended: () => void
}

const management = /\/\$management$/i

/** Serves the links that the client opens. */
export function serveConnection(connection: Connection, parts: ConnectionParts): void {
  /** Entities that the client has shown a token for. */
  const authorised = new Set<string>()
  /** Links to the client, by name and by the address where it expects them. */
  const replies = new Map<string, Sender>()
  const endings = new Set<() => void>([parts.ended])
  const linkParts: LinkParts = { ...parts, onEnd: (ended) => endings.add(ended) }

  connection.on('disconnected', () => {
    for (const ended of endings) ended()
  })

  const refuse = (link: Receiver | Sender, condition: string, description: string) =>
    link.close({ condition, description })

  /** The queue behind an address, when there is one and it may be used; otherwise the link is refused. */
  function allowed(link: Receiver | Sender, address: string): Queue | undefined {
    const path = address.toLowerCase()
    const queue = parts.queueOf(path.replace(management, ''))
    if (queue === undefined) refuse(link, 'amqp:not-found', `The messaging entity '${address}' could not be found.`)
    else if (![...authorised].some((entity) => path === entity || path.startsWith(`${entity}/`)))
      refuse(link, 'amqp:unauthorized-access', `Unauthorized access. No token was shown for '${address}'.`)
    else return queue
    return undefined
  }

  function answer(request: Message, reply: Reply): void {
    const link = replies.get(request.reply_to ?? '')
    if (link?.is_open()) link.send(replyMessage(request, reply))
  }

  connection.on('receiver_open', ({ receiver }: EventContext) => {
    if (receiver === undefined) return
    const { address } = receiver.target
    receiver.set_source(receiver.source)
    receiver.set_target({ address })
    if (address === '$cbs') {
      receiver.on('message', ({ message, delivery }: EventContext) => {
        delivery?.accept()
        if (message === undefined || parts.silent()) return
        const name = `${message.application_properties?.name ?? ''}`
        authorised.add(pathOf(name))
        answer(message, { status: 202, description: 'Accepted' })
      })
      return
    }
    const queue = allowed(receiver, address)
    if (queue === undefined) return
    if (!management.test(address)) return acceptMessages(receiver, queue, linkParts)
    receiver.on('message', ({ message, delivery }: EventContext) => {
      delivery?.accept()
      if (message === undefined) return
      answerManagement(queue, message, {
        decide: parts.decide,
        reply: (reply) => answer(message, reply),
        detach: () => refuse(receiver, 'amqp:link:detach-forced', 'the link was detached by a test'),
        cut: parts.cut,
      })
    })
  })

  connection.on('sender_open', ({ sender }: EventContext) => {
    if (sender === undefined) return
    const { address } = sender.source
    sender.set_source({ address })
    sender.set_target(sender.target)
    if (address === '$cbs' || management.test(address)) {
      if (address !== '$cbs' && allowed(sender, address) === undefined) return
      for (const name of [sender.name, sender.target?.address]) if (name) replies.set(name, sender)
      return
    }
    const queue = allowed(sender, address)
    if (queue) deliverMessages(sender, queue, linkParts)
  })
}

/** `sb://host:port/queue/$management` is a token for `queue`. */
function pathOf(audience: string): string {
  const path = /^\w+:\/\/[^/]+\/(.*)$/.exec(audience)?.[1] ?? audience
  return path.toLowerCase().replace(management, '').replace(/\/+$/, '')
}
