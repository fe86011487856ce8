/* The scripted provider, saying that it is of the kind tts: routes are checked. */
#define SCRIPTED_NAME "scripted-tts"
#define SCRIPTED_KIND "tts"
#include "../scripted-provider/scripted_provider.c"
