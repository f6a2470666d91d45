export { type Accounts, type AccountsOptions, createAccounts, type Login } from './accounts'
export { SeedAccountError, seedAccount } from './seed-account'
export { emptySubscriber, type Subscriber, withLine, withOrder } from './subscriber'
