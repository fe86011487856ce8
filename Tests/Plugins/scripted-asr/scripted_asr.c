/* The scripted provider, saying that it is of the kind asr: routes are checked. */
#define SCRIPTED_NAME "scripted-asr"
#define SCRIPTED_KIND "asr"
#include "../scripted-provider/scripted_provider.c"
