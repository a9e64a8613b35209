package knowledge

// everydayWords are ordinary words that a question about something else is
// made of. Where no entry has one, it is not taken for a misspelt word:
// "weather" is not "leather". The list need not be complete; it is looked at
// only for words that are near one of ours.
var everydayWords = set(`
abroad accent accuse ache acid acre actor actress actually adapt admire adult adventure affair afford afraid africa
afternoon aisle album alien alike alive alley alone altitude amaze among amongst amuse angel anger angle angry ankle
anniversary annoy ant antenna apartment ape apology appeal apple apron aquarium arch arena argue arm army arrow art
artist ash aspirin assert athlete atom attack attend attic aunt author autumn await awake award aware awful axe baby
back bacon badge bake baker balcony bald ball ballet balloon banana band bandage bang banjo barber bare bark barn barrel
base baseball basin basket basketball bat bath battle bay beach bead beak beam bean bear beard beast beat beautiful
bedroom bee beef beetle beg begin begun behave bell belly belong belt bench bend beneath berlin berry bet beyond bible
bicycle bike bird birth birthday biscuit bishop bitcoin bite bitter blade blame blanket bleed bless blind blink blog
blonde blood bloom blow blush boat bomb bone bonfire bonus bookmark boot border bored borrow bottle bottom bounce bowl
boy boyfriend brain brake branch brave brazil bread breakfast breath breathe breeze brick bride bridge broom brother
brought brow browser brush bubble bucket bug built bull bullet bully bunny burn burst bury butcher butter butterfly
button cabbage cabin cafe cage cake camel camp canada candle candy cannon canoe captain caravan carbon career carpet
carrot cartoon castle cat cattle cave ceiling celebrity cell cellar cello century chain chalk champion chaos chapel
chapter charity charm chase cheek cheese cheetah chef cherry chess chest chew chicken chill chimney chin chips chocolate
choir choke chord chose chosen church cigar cinema circle circus clap claw clay climb cloak cloth cloud clown clue
cluster coach coal coast coconut code coding coffin coin cold college comb comedy comet comic commit compass compile
compiler computer concert cone cookie coral cord cork corn costume couch cough cousin cow coward cowboy crab cradle
crash crater crawl crayon cream creature creek crept crew cricket crime crocodile crow crowd crown cruise crush crust
cry crystal cube cucumber cupboard cure curious curl curtain curve cushion cycle dad daisy dance dare dark darling dart
database daughter dawn dead deaf dealt death debt debug deep deer defend degree delicious den dentist deploy desert desk
despite dessert destiny devil diamond diary dice diet dig dinosaur dirt dirty disaster disco dish divorce dizzy dock
docker dog doll dolphin donkey doom dove dragon drama drawer dread dream drill drown drum dry dublin duck dug dumb dust
dwarf dwell eager eagle earn earring earth earthquake ease easter echo ego elbow elect election elephant elevator
elsewhere email embarrass embassy emperor empire endure enemy engage enjoy ensure eternal evil exam excel exercise
explode explore eyebrow fable fade fail fairy faith fallen fame family famous fan fancy fantasy farm farmer fashion
fasten fat fate father fear feast feather fed fence fever fiction field fierce fight film fin finger fireplace fireworks
fish fist fix flag flame flash flat flavour flea fled flesh flew float flock flood flour flow flower flown flu flute fly
fog folk fool football forehead forest forgave forgive forgot forgotten fork fortune fossil fought fountain fox frame
france freedom freeze friday fridge friendship frog frost froze frozen fruit fry fuel fun function funeral funny fur
furniture fury gained galaxy gallery game gang garage garbage garden garlic gas gate gaze genius gentle germ germany
ghost giant ginger giraffe girl girlfriend git github glad glass glory glove glow glue goal goat god gold golf google
goose gorilla gossip grab grace grammar grandfather grandma grandmother grandpa grape grass grave gravity greece grew
grief grill grin grow grown guess guilt guitar gum gym hair haircut halloween hammer hamster handsome hang harbour
harvest hat hatch hate haunt hawk hay heal heap heard heart heat heaven hedge heel held helicopter hell helmet hen hero
hid hidden hide hike hill hip hire hobby hockey hollow homework honey hood hook hope horn horoscope horror horse hotdog
html hug huge hunger hungry hunt hurricane hurt husband hut ice icon ideal idiot ill imagine inbox indeed india infant
innocent insane insect install island italy ivory jacket jail jam japan java javascript jazz jealous jeans jelly jewel
jewellery jockey joke journal joy judge juice jump jungle junior justice kangaroo karate kept kernel kettle keyboard
kick kid kidney kill kilt king kingdom kiss kitchen kite kitten knee kneel knew knife knight knit knitting knock known
lace ladder lady laid lake lamb lamp lane lap laptop laugh laundry lava lawn lazy leaf lean leap learn leather led lemon
lens lent leopard lesson liar liberty library lid lie lied lies lightning lily limb lime linux lion lip lisbon lizard
loan lobster loch login london lonely lord lose losing lost lottery loud lounge love lover loyal luck lucky lung luxury
lyric lyrics mad madrid magazine magic magnet maid maintain mall mammal man mansion maple marathon marble marriage marry
mask massage mat math maths maze meadow meant meat medal melody melon melt memory merry mess met metal mexico midnight
mile milk mill miner mint miracle mirror miser missile mist mole mom monday monitor monk monkey monster mood moon moose
mop moscow mosquito moth mother motion motor mountain mouse moustache mouth movie mud muffin mum muscle museum mushroom
music musical mystery myth nail naked nanny nap napkin nation nature naughty navy nearly neck needle neighbour nephew
nerve nervous nest net netflix network niece night nightmare noble noise noon nor nose novel nude nun nurse nut oak oar
oasis obey obtain occur occurred ocean octopus odd office olive omelette onion opera orange orbit orchestra organ orphan
oscar ought outlook oven owed owl oyster pack paid paint painter palace palm pancake panda panic panther pants parade
paradise pardon parent parents paris park parrot parser party passion password past pasta path patience pause paw peace
peach peak peanut pear pearl peasant pebble pen pencil penguin pepper perceive perhaps pet petrol phantom piano pie pig
pigeon pill pillow pilot pin pine pink pipe pirate pistol pixel pizza planet plant plastic playground plug plum plumber
poem poet poetry poison poker pole pond pony pool poor popcorn pope pork possess potato pottery pray prayer preach
pregnant preserve pride priest prince princess printer prison prize proceed programming psychology pub pudding puddle
pull pumpkin pupil puppet puppy purple purse pursue puzzle pyramid python queen quest quiet quilt quiz rabbit race
racket radar radio rag rage rail rain rainbow raincoat ranch rap rat razor react reader realise realised rebel reboot
recipe regard regarding regret religion rely remain rent repository reptile rescue resent reset resolve resort retain
reveal rhyme rhythm rib ribbon rich ridden riddle ride rifle river road roar roast rob robber rock rocket rode romance
rome roof root rope rose rotten router royal rug rugby ruin rum running russia sad saddle sail sailor saint salad salmon
salt sand sandwich sang sank satellite saturday sauce saucer sausage save saxophone scare scarf school science scissors
score scout scream screen script sculpture sea seal season secret seed seek seems seldom sentence server shadow shall
shame shampoo shape shark shave sheep shell shelter shepherd shine shirt shock shook shore shorts shoulder shout shovel
shower shown shrimp shut shy sick silk silver sing singer sink sister skate skeleton ski skirt skull sky slack slave
sleep sleeve slept slice slid slide slim slipper slow smart smell smile smooth snack snail snake sneeze snow soap soccer
sock sofa software soldier solo song sought soul soup space spaceship spaghetti spain spark sparrow species speech spell
spent spider spinach spine spirit splash split spoke spoken spoon sport spotify spread spreadsheet spring sprint spy sql
squirrel stadium stage stair stairs star statue steak steal steam stir stole stomach stone stood storm story stove
stranger straw strawberry stream stress string strove struck stuck stupid submarine subway suicide sunday sunflower
sunny sunset superman surf surgeon surgery swallow swamp swan swear sweat sweater sweep sweet swim swing sword swore
swum sydney syntax syrup tablet tail tale tank tap taught teach teacher teenager tent tesla theatre theft therapy thief
thigh thirst thirsty thought thread threw throat throne thrown thumb thunder thursday thus tide tiger tile timber tin
toad toaster tobacco toe tokyo tomato tomb toner tongue tooth toothbrush toothpaste torch tortoise toward towards tower
toy tractor tragedy trailer trap treasure tree tribe trick trophy truck trumpet trunk tsunami tuesday tulip tuna tunnel
turkey turtle tuxedo twilight twin twins ubuntu ugly uncle underwear undo unicorn universe university upon username
valentine valley vampire van vary vase vegetable vegetables veil vein velvet verb verse vest vet victim victory video
vienna villa village villain vine violet violin virgin virus vitamin volcano volleyball vote waist wake wallet walnut
war warrior was wasp waterfall wave wax weak weapon weather web website wedding wednesday weed weekend weep weight went
wept whale wheel whip whisper whistle widow wife wild willow wind windows wing winter wise wish witch wizard woke wolf
woman wonderful wood wool wore worm worn worship wound wove wrap wrestle wrist yacht yard yell yellow yoga yoghurt youth
youtube zebra zombie zoo
`)
