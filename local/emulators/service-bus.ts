/** Configuration of the official Service Bus emulator, from the one declaration of the queues. */
import { type QueueResource, queues } from '../../shared/platform/resources'

/** Content of `service-bus.json`, as the emulator reads it. Its namespace has a fixed name. */
export function serviceBusEmulatorConfig(): object {
  return {
    UserConfig: {
      Namespaces: [{ Name: 'sbemulatorns', Queues: Object.values(queues).map(queueConfig), Topics: [] }],
      Logging: { Type: 'Console' },
    },
  }
}

/** The emulator keeps no message for longer than an hour; the rest that the declaration does not say is as in its own sample. */
function queueConfig(queue: QueueResource): object {
  return {
    Name: queue.name,
    Properties: {
      DeadLetteringOnMessageExpiration: queue.deadLetteringOnMessageExpiration,
      DefaultMessageTimeToLive: 'PT1H',
      DuplicateDetectionHistoryTimeWindow: 'PT20S',
      ForwardDeadLetteredMessagesTo: '',
      ForwardTo: '',
      LockDuration: queue.lockDuration,
      MaxDeliveryCount: queue.maxDeliveryCount,
      RequiresDuplicateDetection: queue.requiresDuplicateDetection,
      RequiresSession: false,
    },
  }
}
