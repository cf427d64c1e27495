"""The commonest words of languages in Latin script: by them such a text shows its language."""


def _table(words: str) -> frozenset[str]:
    return frozenset(words.split())


COMMON_WORDS = {
    "en": _table(
        "the a an and or but if of to in on at for with from by about is are was were be been am "
        "i you he she it we they me him her us them my your his its our their this that these "
        "those there here what which who when where why how do does did have has had can could "
        "will would should not no yes just like want know think please thanks thank tell some any "
        "more very good morning i'm it's that's don't you're let's okay"
    ),
    "de": _table(
        "der die das den dem des ein eine einen einem einer und oder aber wenn weil dass von zu "
        "im in am an auf für mit aus bei nach über um ist sind war waren bin bist sein hat haben "
        "habe hast wird werden ich du er sie es wir ihr mich mir dich dir uns mein meine dein "
        "ihre dieser diese dieses was wer wann wo warum wieso wie nicht kein keine nein ja nur "
        "auch noch schon sehr gut guten gern gerne bitte danke kann kannst können will möchte mal "
        "etwas hier heute natürlich zum zur mach"
    ),
    "fr": _table(
        "le la les l un une des du de d et ou mais si que qui quoi dont où quand comment pourquoi "
        "quel quelle à au aux en dans sur pour avec par sans ce cette ces c'est est sont était "
        "suis es a ai as avons avez ont je j tu il elle on nous vous ils elles me te se moi toi "
        "mon ma mes ton ta tes son sa ses notre votre ne pas non oui plus très bien merci bonjour "
        "bonsoir voudrais peux peut veux s'il plaît aussi être avoir fait vrai d'accord sûr"
    ),
    "es": _table(
        "el la los las un una unos unas y o pero si que qué quién cuándo dónde cómo por porque "
        "para de del al a en con sin sobre es son era soy eres está están estoy estás hay ser "
        "estar yo tú él ella nosotros ellos me te se nos lo le mi mis tu tus su sus este esta "
        "esto ese esa eso no sí muy más bien gracias favor hola buenos buenas días puedo puedes "
        "puede quiero quisiera tengo tiene también cuál cuánto verdad claro hora"
    ),
    "it": _table(
        "il lo la i gli le un uno una e o ma se che chi cosa quando dove come perché di del della "
        "dei delle dello a al alla ai alle in nel nella con su sul per da dal dalla è sono era "
        "sei siamo ho hai ha hanno io tu lui lei noi voi loro mi ti ci vi si mio mia tuo tua suo "
        "sua questo questa quello quella non no sì molto più bene grazie prego ciao buongiorno "
        "puoi può posso vorrei voglio anche qual quale vero ore favore"
    ),
    "pt": _table(
        "o a os as um uma uns umas e ou mas se que quem quando onde como porque por para de do da "
        "dos das no na nos nas ao à em com sem sobre é são era sou está estão estou ser estar eu "
        "tu você ele ela nós vocês eles me te lhe meu minha teu tua seu sua este esta isto esse "
        "essa isso não sim muito mais bem obrigado obrigada favor olá bom boa dia pode posso "
        "quero queria tenho tem também qual quanto verdade horas"
    ),
    "nl": _table(
        "de het een en of maar als dat die wat wie wanneer waar waarom hoe van voor naar met op "
        "in uit bij aan over om te ten is zijn was waren ben bent heb hebt heeft hebben word "
        "wordt ik je jij u hij zij ze wij we jullie mij me mijn jouw uw hun haar dit deze niet "
        "geen nee ja ook nog wel heel goed goede graag bedankt dank alstublieft alsjeblieft kan "
        "kun kunt wil mag hier daar vandaag doe klopt"
    ),
    "sv": _table(
        "en ett den det de och eller men om att som vad vem när var varför hur av till från med "
        "på i för är vara har hade kan ska vill jag du han hon vi ni mig dig oss min mitt din "
        "ditt sin inte ingen nej ja också mycket bra tack hej snälla här där idag gör heter "
        "klockan god"
    ),
    "pl": _table(
        "i oraz lub ale jeśli że co kto kiedy gdzie dlaczego jak czy z ze do od na w we o po "
        "przez dla za jest są był była jestem być mam ma masz ja ty on ona my wy oni mnie mi "
        "ciebie ci się mój moja twój to ten ta te nie tak bardzo dobrze dziękuję proszę cześć "
        "dzień dobry mogę możesz chcę tutaj dzisiaj która godzina"
    ),
    "tr": _table(
        "ve veya ama bir bu şu o ben sen biz siz onlar ne kim nerede neden nasıl için ile gibi "
        "daha çok en var yok değil evet hayır lütfen teşekkür teşekkürler ederim merhaba misin "
        "mısın mi mı mu mü da de olarak bana sana benim senin bugün saat kaç günaydın"
    ),
}
