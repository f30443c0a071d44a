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
export const BETWEEN = `a an her him his it me my our that the them these this us your`

/** Words that may be separated from their verb by others (`throw the guest out`). */
export const PARTICLES = `away back bigger brighter cheaper colder darker down faster larger louder off on out over quieter slower smaller together up
warmer`

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
repository repo repos
source src
specification spec specs
temporary temp tmp
virtual virt`
