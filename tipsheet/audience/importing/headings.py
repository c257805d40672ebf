"""Names of columns that can be told without a mapping, in the languages that exports are written in.

Names are compared without capitals, accents and signs: ``E-Mail-Adresse`` and ``e_mail adresse`` are
one name. What a provider calls its columns stands with the provider; this is what everybody calls
them, and the columns that say of a person that they have left, which count in any file.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

__all__ = ["FIELDS_BY_NAME", "PEOPLE", "is_no", "key", "leaving", "staying", "told"]

PEOPLE = frozenset({"email", "first_name", "last_name", "name"})
"""Fields that are looked for in the files of every provider, since some translate them."""

_NAMES: Mapping[str, str] = {
    "email": """
        email emailaddress mail mailaddress emailid useremail contactemail subscriberemail subscriber
        emailadresse mailadresse adressemail adresseemail adressedemessagerie courriel adresseelectronique
        correo correoelectronico direcciondecorreoelectronico direcciondecorreo direcciondeemail direccionemail
        indirizzoemail indirizzodiemail postaelettronica enderecodeemail enderecoemail emailadres mailadres
        epost epostadress epostadresse epostiosoite sahkoposti sahkopostiosoite adresemail adresdeemail
        メールアドレス 電子メール 电子邮件 邮箱 이메일 адресэлектроннойпочты электроннаяпочта""",
    "first_name": """
        firstname first givenname forename fname vorname prenom voornaam fornavn fornamn etunimi imie
        nombredepila primernombre имя""",
    "last_name": """
        lastname last surname familyname lname nachname familienname zuname nomdefamille apellido apellidos
        cognome sobrenome apelido achternaam etternavn efternavn efternamn sukunimi nazwisko фамилия""",
    "name": "name fullname displayname nom nomcomplet nombre nombrecompleto nome nomecompleto naam vollername",
    "status": "status subscriptionstatus subscriberstatus statut stato statusdelsuscriptor",
    "created_at": """
        createdat created creationdate datecreated createddate dateadded addedat addedtime addedon subscribedat
        subscribedon subscriptiondate subscribedate signupdate signuptime signedupat joined joinedat joindate optintime
        optindate dateregistered angemeldetam anmeldedatum dateinscription datedinscription fechadealta
        fechadesuscripcion fechadeinscripcion datadiiscrizione datadeinscricao aanmelddatum inschrijfdatum""",
    "confirmed_at": """
        confirmedat confirmedon confirmtime confirmationtime confirmationdate confirmdate optedinat doubleoptinat
        doubleoptindate bestatigtam datedeconfirmation fechadeconfirmacion datadiconferma""",
    "tags": "tags tag labels label schlagworte etiquettes etiquetas etichette",
    "topics": "topics",
    "locale": "locale",
}
FIELDS_BY_NAME = {name: field for field, names in _NAMES.items() for name in names.split()}
"""From the key of a heading to the field that it means. ``state`` and ``estado`` are places in most lists."""

_WHOLE = {"vorname": "name", "prenom": "nom", "voornaam": "naam"}
"""Beside a column of first names, these hold last names."""
_FIRST = frozenset({"nombre", "nome", "name"})
"""Beside a column of last names, these hold first names."""

_LEAVING: Mapping[str, str] = {
    "unsubscribed": """
        unsubscribed unsubscribedat unsubscribedon unsubscribeddate unsubscribedtime unsubscribetime unsubscribedate
        unsubscribeat unsubscriptiondate unsubscriptionat unsubscriptionreason dateunsubscribed isunsubscribed unsubtime
        optedout optedoutat optout optouttime optoutdate hasoptedoutofemail deletedat cancelledat canceledat removedat
        blocklisted blocklistedat blacklisted emailblocklisted emailblacklisted donotemail donotcontact emaildisabled
        abgemeldet abgemeldetam abmeldedatum desinscrit desinscritle datededesinscription desabonne desabonnele
        datededesabonnement fechadebaja dadodebaja disiscritto disiscrittoil datadidisiscrizione cancelada descadastrado
        afgemeld afgemeldop afmelddatum uitgeschreven uitgeschrevenop avregistrerad avmeldt""",
    "bounced": """
        bounced bouncedat bouncedon bouncedate hardbounced hardbouncedat cleaned cleanedat cleantime undeliverable
        undeliverableat undeliverabilitydate undeliverabilityreason""",
    "complained": """
        complained complainedat complaintdate complaintat spamcomplaint spamcomplaintat markedasspam reportedspam""",
}
_LEFT = {name: status for status, names in _LEAVING.items() for name in names.split()}
_STAYS = """
    subscribed issubscribed optedin optin emailoptin acceptsmarketing acceptsemailmarketing emailmarketing
    emailmarketingconsent marketingconsent newsletter receivesnewsletter subscribedtoemails angemeldet abonniert abonne
    inscrit suscrito iscritto inscrito aangemeld"""
_STAYING = frozenset(_STAYS.split())
_NOTHING = frozenset({
    "", "0", "no", "n", "false", "none", "null", "nil", "n/a", "na", "-", "never",
    "nein", "non", "nee", "nej", "nei", "ei", "não", "nao", "nie", "falsch", "faux", "falso", "onwaar", "nan", "nat",
})  # fmt: skip
_ZERO = frozenset("0-/.: T")


@lru_cache(maxsize=4_096)
def key(heading: str) -> str:
    """The name of a column without capitals, accents, blanks and signs."""
    letters = unicodedata.normalize("NFKD", heading.casefold())
    return "".join(letter for letter in letters if letter.isalnum())


def told(columns: Sequence[str], fields: Iterable[str], taken: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The columns that mean one of the fields by their names, but for fields and columns that are taken.

    In the order of the file; several columns of one meaning are all there, and the caller chooses.
    """
    used = frozenset(taken)
    wanted = frozenset(fields)
    found: dict[str, tuple[str, ...]] = {}
    for column in dict.fromkeys(columns):
        field = FIELDS_BY_NAME.get(key(column))
        if field in wanted and column not in used:
            found[field] = (*found.get(field, ()), column)
    return _names_settled(found)


def _names_settled(found: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Decide for each name of both kinds, such as ``Name`` beside ``Vorname``, which part of a name it is."""
    if "name" not in found or not {"first_name", "last_name"} & found.keys():
        return found
    whole, name = found.pop("name"), ""
    if "last_name" not in found:
        beside = _WHOLE.get(key(found["first_name"][0]), "")
        name = next((column for column in whole if key(column) == beside), "")
        return found | ({"last_name": (name,)} if name else {})
    if "first_name" not in found:
        name = next((column for column in whole if key(column) in _FIRST), "")
    return found | ({"first_name": (name,)} if name else {})


def leaving(column: str) -> str:
    """The status that a cell of this column gives by holding anything; empty for a column of something else.

    Mailchimp's ``UNSUB_…`` and ``CLEAN_…`` are called so in every language.
    """
    if column.startswith("UNSUB_"):
        return "unsubscribed"
    return "bounced" if column.startswith("CLEAN_") else _LEFT.get(key(column), "")


def staying(column: str) -> bool:
    """Whether a "no" in a cell of this column says that the person has left."""
    return key(column) in _STAYING


def is_no(cell: str) -> bool:
    """Whether a cell holds nothing, a word for no, or the zero of a date, such as ``0000-00-00 00:00:00``."""
    word = cell.strip().casefold()
    return word in _NOTHING or _ZERO.issuperset(word.upper())
