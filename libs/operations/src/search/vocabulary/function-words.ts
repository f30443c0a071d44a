/** Words that do not help to identify an operation. */
export const STOP_WORDS = `a about also am an and any are as at be been being but by can could did do does done for from had has have he her here him his how i
if in into is it its just let like me my need needs now of off on onto onto or our out over per please right she should so some
someone everything anything nothing anyone anybody something somebody somewhere than that the their them then there these they thing things this those to too up us use using
want wants was wasnt hasnt havent dont doesnt didnt isnt arent cant wont im ive pls yet already else hmm oops hey hi hello kindly really maybe again
bit lot ones one got else ever still
was we were what which whom why will with without would you your`

/** Words that say little of an operation, however rare they are among operations. */
export const FILLERS = `above across afternoon again ago already also alone almost always another anymore anyway around away bad because before
behind below beside besides best better between beyond both certain clearly common current currently day days different directly during each
early easily easy either end enough entire especially evening ever every exactly extra far fast few fine finally first following fully general
generally good great half hour hours immediately important in inside instead just keep kind last late lately later least less like little long main
many maybe mine minute minutes moment month months more morning most much near nearly never new newer next nice night normal often old older once
only opposite ordinary other others otherwise outside own part particular perhaps possible present previous probably proper properly quick quickly
quite rather ready real really recent recently regular rest right same several short simple simply since single slow slowly small soon sort
still stuff such suddenly sure than through throughout till today together tomorrow tonight twice under until upon usual usually various very
visible way ways week weeks weekend well while whole within year years yesterday yet`

/** Words that may stand between the words of any phrase (`give it back`). */
export const BETWEEN = `a an anybody anyone everybody everyone her him his it its me my our somebody someone something that the their them these this us your`

/** What may be missing within a phrase of `business-words.ts`. */
export const OPTIONAL = `a an her his its my our the their your`

/** Words that may be separated from their verb by others (`throw the guest out`). */
export const PARTICLES = `along apart as aside away back bigger brighter cheaper colder darker down faster into larger louder off on out over quieter slower signed smaller together up
warmer with`

/** After one of these comes a thing, or a word that describes it. */
export const ARTICLES = `a an the this that these those my our your his her its their some all every each any no another`
export const PREPOSITIONS = `of from in on with by about at into per between`
export const BEFORE_NOUNS = `one single specific certain new old last latest next`

/** What follows a verb that begins a query: `archive this mail`, `email me the report`. */
export const OBJECTS = `me us him them it one somebody someone everybody everyone`

/** Who did it, in a clause about a thing: `calls we made`. */
export const SUBJECTS = `i we you he she they who that which was were been be being`

/** What stands before a request. */
export const POLITE_WORDS = `please pls kindly can could would you just lets let us hey hi hello`

/** Irregular and short forms, each line a word and its forms. */
export const IRREGULAR_FORMS = `
begin began begun
break broke broken
bring brought
build built
buy bought
catch caught
child children
choose chose chosen
come came
draw drew drawn
drive drove driven
find found
forget forgot forgotten
get got gotten
give gave given
go went gone
hide hid hidden
hold held
index indices indexes
keep kept
leave left
lend lent
lose lost
make made
matrix matrices
meet met
pay paid
run ran
say said
see saw seen
sell sold
send sent
show shown
sing sang sung
speak spoke spoken
spend spent
spin spun
steal stole stolen
take took taken
teach taught
tell told
think thought
throw threw thrown
vertex vertices
win won
write wrote written
administrator admin admins
app application applications apps
certificate cert certs
configuration config configs conf
credential cred creds
database db dbs databases
directory dir dirs
document doc docs documents
email mail mails emails
environment env envs
information info
kubernetes k8s kube
message msg msgs
notification notif notifs
number num
organization org orgs organisation organisations
parameter param params
picture pic pics
pr prs
analyze analyse analysed analysing
authorize authorise authorises authorised authorising
calorie calories
cancel cancelled cancelling cancellation cancelation
catalog catalogue catalogues
center centre centres
color colour colours coloured
cookie cookies
customize customise customised customising
enroll enrol enrols enrolment
favorite favourite favourites
fulfill fulfil fulfils fulfilment
label labelled labelling
license licence licences
model modelled modelling
movie movies
organize organise organises organised organising
program programme programmes
summarize summarise summarises summarised summarising
synchronize synchronise synchronised synchronising
travel travelled travelling
vm vms
id ids
ip ips
repository repo repos
source src
specification spec specs
temporary temp tmp
virtual virt`
