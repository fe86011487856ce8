#include "dialing_rules.h"

static const unsigned char numbers[] = {
#embed "numbers.json"
};
static const unsigned char us[] = {
#embed "us.json"
};
static const unsigned char ca[] = {
#embed "ca.json"
};
static const unsigned char gb[] = {
#embed "gb.json"
};
static const unsigned char de[] = {
#embed "de.json"
};
static const unsigned char fr[] = {
#embed "fr.json"
};
static const unsigned char others[] = {
#embed "others.json"
};

static const dialing_file plan = {"numbers.json", numbers, sizeof numbers};
static const dialing_file files[] = {
    {"us.json", us, sizeof us}, {"ca.json", ca, sizeof ca}, {"gb.json", gb, sizeof gb},
    {"de.json", de, sizeof de}, {"fr.json", fr, sizeof fr}, {"others.json", others, sizeof others},
};

const dialing_file *dialing_numbers(void) { return &plan; }

const dialing_file *dialing_rules(unsigned long index) {
    return index < sizeof files / sizeof *files ? &files[index] : 0;
}
