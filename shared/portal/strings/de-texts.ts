import type { Strings } from '.'

/** Words of pages that only tell, in German; part of the catalogue. */
export const deTexts: Pick<Strings, 'text' | 'message'> = {
  text: {
    help: 'Hilfe',
    terms: 'Allgemeine Geschäftsbedingungen',
    privacy: 'Datenschutz',
    contact: 'Kontakt',
    email: 'E-Mail',
    phone: 'Telefon',
    hours: 'Zeiten',
    web: 'Web',
    quote: 'Bitte halten Sie die Referenz Ihrer Bestellung bereit.',
    questions: [
      {
        question: 'Wie installiere ich die eSIM?',
        answer:
          'Öffnen Sie Ihre Bestellung und wählen Sie „Installieren“. Ab Windows 11 Version 24H2 öffnen sich die Einstellungen von selbst; sonst geben Sie den Code unter Einstellungen › Netzwerk und Internet › Mobilfunk › eSIM-Profile ein.',
      },
      {
        question: 'Der Download ist stehen geblieben. Was nun?',
        answer:
          'Verbinden Sie sich mit einem WLAN und installieren Sie aus Ihrer Bestellung noch einmal. Das kostet nichts extra; derselbe Code gilt, bis die eSIM installiert ist.',
      },
      {
        question: 'Installiert, aber ich bin nicht online.',
        answer:
          'Das kann einige Minuten dauern. Prüfen Sie dann in den Einstellungen, ob Mobilfunk an ist und die neue eSIM verwendet wird.',
      },
      {
        question: 'Kann ich stornieren?',
        answer:
          'Ja. Solange die eSIM nicht installiert ist, stornieren Sie in Ihrer Bestellung und zahlen nichts. Ein Abonnement kündigen Sie jederzeit unter „Meine Tarife“.',
      },
    ],
  },
  message: {
    'not-found': {
      title: 'Diese Seite gibt es nicht',
      text: 'Vielleicht ist die Adresse vertippt, oder die Seite ist nicht für Sie bestimmt.',
    },
    method: { title: 'Das geht hier nicht', text: 'Bitte gehen Sie von der Startseite aus weiter.' },
    'bad-launch': {
      title: 'Wir können die Angaben zu Ihrem PC nicht lesen',
      text: 'Die App hat etwas gesendet, das wir nicht verstehen. Bitte starten Sie neu aus der App „Mobilfunktarife“.',
    },
    'session-ended': {
      title: 'Sie wurden abgemeldet',
      text: 'Sie waren eine Weile weg. Bitte melden Sie sich wieder an; Ihre Bestellungen sind sicher.',
    },
    'form-expired': {
      title: 'Dieses Formular ist zu alt',
      text: 'Es wurde nichts gesendet. Bitte kehren Sie zur Seite zurück und versuchen Sie es noch einmal.',
    },
    'too-large': { title: 'Das war zu viel', text: 'Die Sendung ist größer, als wir annehmen.' },
    busy: { title: 'Gerade ist viel los', text: 'Bitte versuchen Sie es gleich noch einmal. Es geht nichts verloren.' },
    fault: {
      title: 'Bei uns ist etwas schiefgegangen',
      text: 'Wir wissen Bescheid. Bitte versuchen Sie es noch einmal; eine aufgegebene Bestellung ist nicht verloren und wird nicht doppelt abgebucht.',
    },
    'identity-needed': {
      title: 'Wir müssen wissen, wer Sie sind',
      text: 'Bevor Sie kaufen können, muss Ihre Identität bestätigt sein. Es wurde nichts bestellt und nichts abgebucht. Erledigen Sie das Nötige und versuchen Sie es dann noch einmal; Ihre Auswahl bleibt erhalten.',
    },
    'identity-refused': {
      title: 'Wir können Ihnen diesen Tarif nicht verkaufen',
      text: 'Die Prüfung Ihrer Identität lässt es nicht zu. Es wurde nichts bestellt und nichts abgebucht.',
    },
    'identity-unknown': {
      title: 'Wir können Ihre Identität gerade nicht prüfen',
      text: 'Es wurde nichts bestellt und nichts abgebucht. Bitte versuchen Sie es in einer Minute noch einmal; Ihre Auswahl bleibt erhalten.',
    },
    'signed-out': { title: 'Sie sind abgemeldet', text: 'Sie können diese Seite schließen.' },
    cancelled: { title: 'Abgebrochen', text: 'Es wurde nichts gekauft und nichts abgebucht.' },
    'sim-unusable': {
      title: 'Diese SIM lässt sich hier nicht verwenden',
      text: 'Auf die SIM-Karte in Ihrem PC können wir mit diesem Konto keinen Tarif buchen. Mit „Abbrechen“ kehren Sie zu Windows zurück; unser Support hilft gern.',
    },
  },
}
