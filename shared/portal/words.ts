import type { DownloadHint } from '../domain/download-error'

/** What to tell the person: first aid for the device, or what we do ourselves. */
export type Advice = DownloadHint | 'fresh-esim' | 'use-esim'

/** Sentences that the controller puts into views. */
export interface Words {
  sessionEnded: string
  otherOrderOpen: string
  otherTopUpOpen: string
  secondSubscription: string
  orderChanged: string
  orderStays: string
  billingDown: string
  voucherAdded: string
  cannotCancel: string
  accountNotMade: string
  passwordKnown: string
  /** The PC, told by its eSIM or SIM card; stands after a label such as "Your PC". */
  thisPc: (end: string) => string
  thisSim: (end: string) => string
  downloadFailed: string
  smdpFailed: string
  deviceUnfit: string
  onThisPc: string
  advice: Readonly<Record<Advice, string>>
  /** What is missing, by the identity check's reason; others have no words of their own. */
  identity: Readonly<Record<string, string>>
}

const en: Words = {
  sessionEnded: 'You were away for a while and have been signed out. Please sign in again; your orders are safe.',
  otherOrderOpen: 'An order for this PC was under way already, so nothing new was ordered. Here it is.',
  otherTopUpOpen: 'An order for this SIM was under way already, so nothing new was ordered. Here it is.',
  secondSubscription: 'This SIM has this subscription already. A second one is paid for besides the first.',
  orderChanged: 'Your choice has changed since that page was shown. Please check it before you order.',
  orderStays: 'An order that you have placed already is not cancelled by this. You find it under “My plans”.',
  billingDown: 'We cannot reach the payment system at the moment. Please try again in a minute.',
  voucherAdded: 'The voucher is added. You can pay with it now.',
  cannotCancel: 'This order can no longer be cancelled here. Our support is glad to help.',
  accountNotMade: 'We could not create an account with these details. If you have one already, please sign in.',
  passwordKnown: 'This password is easy to guess. Please choose another one.',
  thisPc: (end) => `eSIM ${end}`,
  thisSim: (end) => `SIM card ${end}`,
  downloadFailed: 'The last download did not work.',
  smdpFailed: 'The download server stopped the last download.',
  deviceUnfit: 'Your PC cannot use this eSIM.',
  onThisPc: 'This eSIM is on your PC already.',
  advice: {
    'free-space':
      'There is no room left on the eSIM. Delete a profile that you no longer use in Settings, then install again.',
    wait: 'Wait half a minute, then install again.',
    'other-connection': 'The download server could not be reached. Connect to another network, then install again.',
    'accept-prompt': 'Windows waited for your consent. Install again and confirm when Windows asks you.',
    'insert-card':
      'The SIM was not there. Put the card back in or choose the eSIM slot in Settings, then install again.',
    'restart-pc': 'Restart your PC, then install again.',
    'restart-app': 'Close and reopen the app, then install again.',
    'try-again': 'Please install again. It costs nothing more.',
    'contact-support': 'Please contact our support and give the reference of your order.',
    'other-device':
      'You are not charged for what you cannot use. Order for another PC with eSIM, or ask our support what fits yours.',
    'fresh-esim': 'A fresh eSIM takes its place and costs nothing more. Install it as soon as it is ready.',
    'use-esim':
      'Nothing needs to be downloaded again. Choose “Use this eSIM”, or switch it on in the Settings of Windows.',
  },
  identity: {
    document: 'We have no confirmed identity document of yours yet.',
    expired: 'Your identity document has expired.',
    address: 'Your address is not confirmed yet.',
    age: 'We need a proof of your age.',
  },
}

const de: Words = {
  sessionEnded:
    'Sie waren eine Weile weg und wurden abgemeldet. Bitte melden Sie sich neu an; Ihre Bestellungen sind sicher.',
  otherOrderOpen: 'Für diesen PC läuft schon eine Bestellung; es wurde nichts Neues bestellt. Hier ist sie.',
  otherTopUpOpen: 'Für diese SIM läuft schon eine Bestellung; es wurde nichts Neues bestellt. Hier ist sie.',
  secondSubscription: 'Diese SIM hat dieses Abonnement schon. Ein zweites wird neben dem ersten abgebucht.',
  orderChanged:
    'Ihre Auswahl hat sich geändert, seit die Seite gezeigt wurde. Bitte prüfen Sie sie, bevor Sie bestellen.',
  orderStays: 'Eine schon aufgegebene Bestellung wird dadurch nicht storniert. Sie finden sie unter „Meine Tarife“.',
  billingDown: 'Das Zahlungssystem ist gerade nicht erreichbar. Bitte versuchen Sie es in einer Minute noch einmal.',
  voucherAdded: 'Der Gutschein ist hinzugefügt. Sie können jetzt damit bezahlen.',
  cannotCancel: 'Diese Bestellung lässt sich hier nicht mehr stornieren. Unser Kundendienst hilft gern.',
  accountNotMade:
    'Mit diesen Angaben konnten wir kein Konto anlegen. Falls Sie schon eines haben, melden Sie sich bitte an.',
  passwordKnown: 'Dieses Passwort ist leicht zu erraten. Bitte wählen Sie ein anderes.',
  thisPc: (end) => `eSIM ${end}`,
  thisSim: (end) => `SIM-Karte ${end}`,
  downloadFailed: 'Der letzte Download hat nicht geklappt.',
  smdpFailed: 'Der Download-Server hat den letzten Download abgebrochen.',
  deviceUnfit: 'Ihr PC kann diese eSIM nicht nutzen.',
  onThisPc: 'Diese eSIM ist schon auf Ihrem PC.',
  advice: {
    'free-space':
      'Auf der eSIM ist kein Platz mehr. Löschen Sie in den Einstellungen ein Profil, das Sie nicht mehr brauchen, und installieren Sie dann erneut.',
    wait: 'Warten Sie eine halbe Minute und installieren Sie dann erneut.',
    'other-connection':
      'Der Download-Server war nicht erreichbar. Verbinden Sie sich mit einem anderen Netz und installieren Sie dann erneut.',
    'accept-prompt':
      'Windows hat auf Ihre Zustimmung gewartet. Installieren Sie erneut und bestätigen Sie, wenn Windows fragt.',
    'insert-card':
      'Die SIM fehlte. Setzen Sie die Karte ein oder wählen Sie in den Einstellungen den eSIM-Steckplatz, und installieren Sie dann erneut.',
    'restart-pc': 'Starten Sie Ihren PC neu und installieren Sie dann erneut.',
    'restart-app': 'Schließen und öffnen Sie die App und installieren Sie dann erneut.',
    'try-again': 'Bitte installieren Sie erneut. Es kostet nichts zusätzlich.',
    'contact-support': 'Bitte wenden Sie sich an unseren Kundendienst und nennen Sie die Referenz Ihrer Bestellung.',
    'other-device':
      'Was Sie nicht nutzen können, wird nicht berechnet. Bestellen Sie für einen anderen PC mit eSIM, oder fragen Sie unseren Kundendienst, was zu Ihrem passt.',
    'fresh-esim':
      'Eine neue eSIM tritt an ihre Stelle und kostet nichts zusätzlich. Installieren Sie sie, sobald sie bereit ist.',
    'use-esim':
      'Es muss nichts noch einmal heruntergeladen werden. Wählen Sie „Diese eSIM nutzen“, oder schalten Sie sie in den Windows-Einstellungen ein.',
  },
  identity: {
    document: 'Uns liegt noch kein bestätigter Ausweis von Ihnen vor.',
    expired: 'Ihr Ausweis ist abgelaufen.',
    address: 'Ihre Adresse ist noch nicht bestätigt.',
    age: 'Wir brauchen einen Nachweis Ihres Alters.',
  },
}

/** The controller's words in a language; English where there are none. */
export function wordsFor(language: string): Words {
  return language.toLowerCase().split('-')[0] === 'de' ? de : en
}
