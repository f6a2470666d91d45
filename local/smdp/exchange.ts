import type { ServerResponse } from 'node:http'
import type { Fault } from './faults'
import { type Reply, send } from './http'
import type { RecordedCall } from './traffic'
import type { World } from './world'

/** The parts of a call that a fault may leave out, delay or spoil. */
export interface Steps {
  work(): Reply
  /** Declines with a status code. */
  refuse(code: string): Reply
  headers?: Record<string, string>
  /** Called before the caller can learn that the call is over. */
  ended?(): void
}

const httpCode = /^http-(\d{3})$/

function gone(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed) resolve()
    else response.once('close', resolve)
  })
}

/** Runs a call as its fault wants it, or plainly without one, and keeps the record of it. */
export async function exchange(
  response: ServerResponse,
  call: RecordedCall,
  fault: Fault | undefined,
  steps: Steps,
  world: World,
): Promise<void> {
  const end = () => {
    call.endedAt = world.now().toISOString()
    steps.ended?.()
  }
  const answer = (reply: Reply) => {
    call.status = reply.status
    call.response = reply.body
    end()
    send(response, { ...reply, headers: { ...steps.headers, ...reply.headers } })
  }
  const work = () => {
    call.workedAt = world.now().toISOString()
    return steps.work()
  }
  const cut = () => {
    end()
    response.destroy()
  }
  if (fault) call.fault = fault.mode

  switch (fault?.mode) {
    case undefined:
      return answer(work())
    case 'refuse':
      return answer(steps.refuse(fault.code ?? '8.2.1/1.2'))
    case 'busy': {
      const status = httpCode.exec(fault.code ?? '')?.[1]
      return answer(status ? { status: Number(status) } : steps.refuse(fault.code ?? '1.2/4.4'))
    }
    case 'http-500':
      return answer({ status: 500, body: { error: 'internal' } })
    case 'slow':
      return (await world.waits.wait(fault.delayMs ?? 5_000)) ? answer(work()) : cut()
    case 'answer-lost':
      work()
      return cut()
    case 'malformed': {
      const text = JSON.stringify(work().body)
      call.status = 200
      end()
      response.writeHead(200, { 'content-type': 'application/json', ...steps.headers })
      response.end(text.slice(0, text.length / 2))
      return
    }
    case 'late-work':
      await gone(response)
      end()
      if (await world.waits.wait(fault.delayMs ?? 1_000)) work()
  }
}
