"""The words of the form and of the pages for an agency outside the bus, in both languages."""

from __future__ import annotations

from typing import Final

from contracts.vocabulary.wording import Wording

TITLE: Final = Wording("A request for help", "En förfrågan om hjälp")
ASKS: Final = Wording(
    "{referrer} asks {recipient} to help a person who may be a victim of human trafficking.",
    "{referrer} ber {recipient} att hjälpa en person som kan vara utsatt för människohandel.",
)
NO_DETAILS: Final = Wording(
    "No personal details stand here, and none belong in an answer. After a yes, {referrer} tells you by phone what the "
    "person consents to.",
    "Här finns inga personuppgifter, och svaret ska inte innehålla några. Efter ett ja berättar {referrer} per telefon "
    "det som personen samtycker till.",
)
CALL: Final = Wording("Call {phone} if you wonder about something.", "Ring {phone} om ni undrar över något.")
IN_DANGER: Final = Wording("In acute danger, call 112.", "Vid akut fara, ring 112.")
ANSWER_AT: Final = Wording("Answer at", "Svara på")
ANSWER_BY: Final = Wording("Answer by", "Svara senast")
CODE: Final = Wording("Code", "Kod")
CODE_HINT: Final = Wording(
    "The code stands on the form, or {referrer} says it by phone.",
    "Koden står på blanketten, eller så säger {referrer} den per telefon.",
)
GIVE_THE_CODE: Final = Wording(
    "Give this code with your answer: by the link, by phone, or on this form.",
    "Ange koden när ni svarar: med länken, per telefon eller på den här blanketten.",
)
ANSWER: Final = Wording("Answer", "Svar")
YES: Final = Wording("Yes, we help the person", "Ja, vi hjälper personen")
NO: Final = Wording("No, we cannot", "Nej, vi kan inte")
WHICH_SERVICES: Final = Wording("If yes, what you give", "Vid ja, vad ni ger")
WHY_NOT: Final = Wording("If no, why", "Vid nej, varför")
WHO_ANSWERS: Final = Wording("Your function (no name)", "Din funktion (inget namn)")
CHOOSE: Final = Wording("Choose", "Välj")
SEND: Final = Wording("Send the answer", "Skicka svaret")
OTHER_LANGUAGE: Final = Wording("På svenska", "In English")

THANKS: Final = Wording("Thank you", "Tack")
RECORDED_YES: Final = Wording(
    "Your yes is recorded. {referrer} contacts you by phone.",
    "Ert ja är registrerat. {referrer} hör av sig per telefon.",
)
RECORDED_NO: Final = Wording(
    "Your no is recorded, and {referrer} asks somebody else.",
    "Ert nej är registrerat, och {referrer} frågar någon annan.",
)
OVER: Final = Wording("This link is not good any more", "Länken gäller inte längre")
OVER_BECAUSE: Final = Wording(
    "The request has been answered, its time has run out, or the link is not whole. Call whoever sent it to you.",
    "Förfrågan är besvarad, tiden har gått ut eller så är länken inte hel. Ring den som skickade den.",
)
WRONG_CODE: Final = Wording("The code is wrong. Nothing is recorded.", "Koden är fel. Inget är registrerat.")
TOO_MANY: Final = Wording(
    "The code was wrong too many times. Answer by phone.", "Koden har varit fel för många gånger. Svara per telefon."
)
FILL_IN: Final = Wording(
    "Say yes or no, your function and the code, and with a no why. Nothing is recorded.",
    "Ange ja eller nej, din funktion och koden, och vid nej varför. Inget är registrerat.",
)
TRY_AGAIN: Final = Wording(
    "The answer could not be recorded now. Try again in a minute, or call.",
    "Svaret kunde inte registreras just nu. Försök igen om en minut, eller ring.",
)
