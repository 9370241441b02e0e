DROP TABLE client_secrets;
DROP TABLE client_indicators;
DROP TABLE client_areas;
DROP TABLE clients;
