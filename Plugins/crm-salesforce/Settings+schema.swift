extension Settings {
    static let schema = """
        {
          "type": "object",
          "additionalProperties": false,
          "required": ["consumer_key"],
          "properties": {
            "login_url": {
              "type": "string", "minLength": 8, "default": "\(API.login)",
              "description": "Where tokens are asked for: test.salesforce.com for a sandbox, or the org's My Domain."
            },
            "grant": {
              "enum": ["jwt_bearer", "refresh_token", "client_credentials"], "default": "jwt_bearer",
              "description": "How the connected app proves itself; client_credentials needs the org's My Domain as login_url."
            },
            "consumer_key": {"type": "string", "minLength": 1, "description": "Of the connected app."},
            "username": {"type": "string", "default": "", "description": "Whose rights it has, with jwt_bearer."},
            "private_key_secret": {
              "type": "string", "minLength": 1, "default": "salesforce_private_key",
              "description": "Name of the secret with the key of the app's certificate: PKCS #8 in PEM, without a password."
            },
            "client_secret_secret": {"type": "string", "minLength": 1, "default": "salesforce_client_secret"},
            "refresh_token_secret": {"type": "string", "minLength": 1, "default": "salesforce_refresh_token"},
            "api_version": {"type": "string", "pattern": "^v[0-9]+\\\\.0$", "default": "\(API.version)"},
            "lead_id_field": {
              "type": "string", "minLength": 1, "default": "Patchbay_Phone__c",
              "description": "External ID of leads that holds the number."
            },
            "task_id_field": {
              "type": "string", "minLength": 1, "default": "Patchbay_Id__c",
              "description": "External ID of tasks that holds our identifier."
            },
            "score_field": {"type": "string", "default": "Patchbay_Score__c", "description": "Empty: not written."},
            "stage_field": {"type": "string", "default": "Patchbay_Stage__c", "description": "Empty: not written."},
            "scored_at_field": {
              "type": "string", "default": "Patchbay_Scored_At__c",
              "description": "When the score was found, so that an older one does not replace it; empty: the last one wins."
            },
            "sentiment_field": {"type": "string", "default": "Patchbay_Sentiment__c", "description": "Of tasks."},
            "resolution_field": {"type": "string", "default": "Patchbay_Resolution__c", "description": "Of tasks."},
            "summary_field": {"type": "string", "default": "Patchbay_Summary__c", "description": "Of tasks."},
            "stage_values": {
              "type": "object", "additionalProperties": {"type": "string"}, "default": {},
              "description": "Our stages as stage_field has them: {\\"hot\\": \\"Working - Contacted\\"}."
            },
            "dispositions": {
              "type": "object", "additionalProperties": {"type": "string"}, "default": {},
              "description": "Our dispositions as CallDisposition has them; \\"*\\" for all others. Absent: as they are."
            },
            "new_lead": {
              "type": "object", "default": {},
              "description": "Fields of a lead that is made; LastName is the number and Company \\"Unknown\\" unless given."
            },
            "owner_id": {"type": "string", "default": "", "description": "Whose tasks they are."},
            "transcript": {"type": "boolean", "default": true, "description": "Whether a task's text has what was said."},
            "leads_where": {
              "type": "string", "default": "", "description": "A condition of SOQL that a lead must fulfil: Status = 'Open'"
            },
            "leads_fields": {
              "type": "array", "items": {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_]*$"}, "default": [],
              "description": "More fields that become a lead's metadata."
            },
            "connect_ms": {"type": "integer", "minimum": 1, "maximum": 60000, "default": 5000},
            "total_ms": {
              "type": "integer", "minimum": 1000, "maximum": 600000, "default": 18000,
              "description": "The longest that one record may take, with all its requests; below first_ms of the route."
            }
          }
        }
        """
}
